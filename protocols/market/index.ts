// The rules of a sale: prices, ranking, what may be gossiped, what an agreement must say, what is due when, and how a deal is spoken.
// Moves nothing: announcing and bidding are node/market, payment is the channel's.
export {
  agreementTerms,
  checkAgreement,
} from './agreement.ts'
export {
  BIDDING,
  MAX_MESSAGE_BYTES,
  PRICING,
  RECEIPT_OUTCOME,
  SETTLEMENT,
} from './constants.ts'
export {
  DEAL,
  decodeAccept,
  decodeCancel,
  decodeDeliver,
  decodeDeliverReply,
  decodeFail,
  decodeOffer,
  decodeOfferReply,
  decodeProgress,
  decodeProgressReply,
  decodeStart,
  decodeStatus,
  decodeStatusReply,
  EMPTY,
  encodeAccept,
  encodeCancel,
  encodeDeliver,
  encodeDeliverReply,
  encodeFail,
  encodeOffer,
  encodeOfferReply,
  encodeProgress,
  encodeProgressReply,
  encodeStart,
  encodeStatus,
  encodeStatusReply,
  isEmpty,
} from './deal-messages.ts'
export type { DeclineCode, GossipFault } from './faults.ts'
export { type JudgeContext, judgeAuction, judgeAward, judgeBid } from './judge.ts'
export { checkOffer, type Offer, offerHashes } from './offer.ts'
export { costOf, priceOf, type Rates } from './price.ts'
export { type PricingPolicy, quote } from './pricing-policy.ts'
export { type Candidate, type RankedBid, rankBids } from './rank.ts'
export {
  dueAfterSlice,
  minSliceValue,
  prepaidOf,
  riskOf,
  sliceFuelOf,
  sliceMemo,
} from './slices.ts'
export { transcriptLeaf, transcriptRoot } from './transcript.ts'
export {
  DEFAULT_WEIGHTS,
  tagsHash,
  type Weights,
  weightsHash,
} from './weights.ts'
export { checkProgress, checkReceipt, outcomeOf } from './work.ts'

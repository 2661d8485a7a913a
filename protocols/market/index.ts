// The rules of a sale: prices, ranking, what may be gossiped, what an agreement must say, what is due when, and how a deal is spoken.
// Moves nothing: announcing and bidding are node/market, payment is the channel's.
export {
  type AgreementChoices,
  type AgreementContext,
  agreementTerms,
  checkAgreement,
  type Sale,
} from './agreement.ts'
export {
  BIDDING,
  MAX_MESSAGE_BYTES,
  type OutcomeKind,
  PRICING,
  RECEIPT_OUTCOME,
  SETTLEMENT,
} from './constants.ts'
export {
  type AboutAgreement,
  type AcceptMessage,
  type CancelMessage,
  DEAL,
  type DeliveryMessage,
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
  type FailMessage,
  isEmpty,
  type StatusReply,
} from './deal-messages.ts'
export type { AgreementFault, DeclineCode, GossipFault, WorkFault } from './faults.ts'
export { bidFault, type JudgeContext, judgeAuction, judgeAward, judgeBid } from './judge.ts'
export { checkOffer, type Offer, type OfferContext, offerHashes } from './offer.ts'
export { costOf, priceOf, type Rates } from './price.ts'
export { type PricingPolicy, type Quote, quote } from './pricing-policy.ts'
export { type Candidate, type RankContext, type RankedBid, rankBids } from './rank.ts'
export {
  dueAfterSlice,
  minSliceValue,
  prepaidOf,
  type Risk,
  riskOf,
  type SlicePlan,
  sliceFuelOf,
  sliceMemo,
} from './slices.ts'
export { type TranscriptLine, transcriptLeaf, transcriptRoot } from './transcript.ts'
export {
  DEFAULT_WEIGHTS,
  type TaskTags,
  tagsHash,
  type Weights,
  weightsHash,
} from './weights.ts'
export { checkProgress, checkReceipt, outcomeOf, type WorkContext } from './work.ts'

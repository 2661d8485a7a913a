// The rules of a sale: prices, ranking, what may be gossiped, what an agreement must say, what is due when, and how a deal is spoken.
// Moves nothing: announcing and bidding are node/market, payment is the channel's.
export {
  agreementTerms,
  checkAgreement,
} from './agreement.ts'
export { checkTranscript, type JudgedBid, rankAll, type Transcript } from './audit.ts'
export { awardRates, winningPrice } from './award-rates.ts'
export {
  type BidMessage,
  decodeBid,
  decodeBidReply,
  decodeTranscriptPage,
  decodeTranscriptRequest,
  encodeBid,
  encodeBidReply,
  encodeTranscriptPage,
  encodeTranscriptRequest,
  TRANSCRIPT_PAGE,
} from './bid-messages.ts'
export type { Candidate } from './candidate.ts'
export {
  BIDDING,
  COMPLAINT_REASON,
  MAX_MESSAGE_BYTES,
  PRICING,
  RECEIPT_OUTCOME,
  SETTLEMENT,
} from './constants.ts'
export { type Counter, counteredAgreement, counterFault, MAX_COUNTERS } from './counter-offer.ts'
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
  type OfferReply,
} from './deal-messages.ts'
export { type CostEstimate, estimateCost } from './estimate-cost.ts'
export type { DeclineCode, GossipFault, TranscriptFault } from './faults.ts'
export {
  type JudgeContext,
  judgeAuction,
  judgeAward,
  judgeCancel,
  judgeComplaint,
} from './judge.ts'
export { type BidContext, type BidPath, judgeBid, judgeSealedBid, lastBidAt } from './judge-bid.ts'
export { checkOffer, type Offer, offerHashes } from './offer.ts'
export {
  DEAL_OUTPUT,
  decodeOutput,
  encodeOutput,
  MAX_OUTPUT_BYTES,
  type OutputMessage,
} from './output-message.ts'
export { costOf, priceOf, type Rates } from './price.ts'
export { type PricingPolicy, type Quote, quote } from './pricing-policy.ts'
export {
  type MachineCost,
  mixedSpeed,
  type PriceProposal,
  proposePrice,
} from './propose-price.ts'
export { type RankedBid, rankBids } from './rank.ts'
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

// What a channel's two sides agree on: whose promise counts, what it is worth, what is owed back, and how to close. Decides
// the next durable record; signing is an argument, and sending, storing and the chain are left to others.
export {
  claimableOf,
  closeAmountsOf,
  coveredOf,
  creditOf,
  earnedOf,
  freeOf,
  neededOf,
  reservedOf,
  sentOf,
  topUpOf,
} from './amounts.ts'
export { type BurstOutcome, type BurstTaken, takeBurst } from './burst.ts'
export {
  type ChainDuty,
  type ChainView,
  closedWith,
  type DutyTimes,
  dutyOf,
  type FundingStep,
  fundingStep,
  observeChain,
  stampUnclaimed,
} from './chain-view.ts'
export {
  closeStop,
  closeTermsOf,
  judgeClose,
  judgeRebase,
  rebaseStop,
  rebaseTermsOf,
  type Withdrawal,
} from './close.ts'
export {
  type ExposureLimits,
  exposureOf,
  isOverLimit,
  type PeerExposure,
} from './exposure.ts'
export { type ChannelFault, channelFaults } from './faults.ts'
export {
  type DuplexEnd,
  type FinalSplit,
  type SimplexEnd,
  splitDuplex,
  splitSimplex,
} from './final-split.ts'
export {
  bookView,
  incoming,
  isDuplex,
  isPaidBack,
  otherRole,
  outgoing,
  ownDepositOf,
  paysBack,
  within,
} from './flows.ts'
export {
  type Agreed,
  answeredOffer,
  askedOffer,
  isAgreedBy,
  MAX_CLOSE_SECONDS,
  mergeOffer,
} from './offer.ts'
export {
  acknowledge,
  makePayment,
  type PaymentMade,
  type PaymentNotice,
  type PaymentOrder,
  takePayment,
} from './payment.ts'
export { type Checks, judgePromise, moneyStop, promiseFault } from './promise.ts'
export { judgeProposal, MAX_WINDOW_SECONDS, type ProposalTerms } from './proposal.ts'
export {
  type ChannelBook,
  type ChannelRecord,
  type ChannelRole,
  type ChannelStage,
  type CloseOffer,
  type DealRecord,
  dealOf,
  type Freeze,
  isAtRest,
  type Leaving,
  MAX_RUNNING_DEALS,
  newChannel,
  newDeal,
  type Offer,
  type Payment,
  type RefundNote,
} from './record.ts'
export { makeRefund, type RefundMade, takeRefund } from './refund.ts'
export {
  MAX_SYNC_DEALS,
  recall,
  reconcile,
  type SyncDeal,
  type SyncMessage,
  type SyncOutcome,
  sawMore,
  syncOf,
} from './sync.ts'
export {
  judgeWatch,
  leaveFor,
  receiptFor,
  type TowerDuty,
  towerStep,
  type WatchedChannel,
  type WatchRequest,
} from './tower.ts'
export { receiptFromWire, receiptToWire, watchFromWire, watchToWire } from './tower-wire.ts'
export {
  ackFromWire,
  ackToWire,
  MAX_PAYMENTS,
  type PayAnswer,
  type PayMessage,
  paramsFromWire,
  paramsToWire,
  payAnswerFromWire,
  payAnswerToWire,
  payFromWire,
  payToWire,
  refundFromWire,
  refundToWire,
  syncFromWire,
  syncToWire,
  termsAnswerFromWire,
  termsAnswerToWire,
  termsFromWire,
  termsToWire,
} from './wire.ts'

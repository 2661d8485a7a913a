// How one call comes to a known end, at what price and in which order; which claims go together; how an agreement is paid. Pure:
// node/settlement and node/channel do what is decided here.
export {
  type Batch,
  type BatchLimits,
  type BatchScene,
  batchOf,
  type Claimable,
} from './batching.ts'
export { decide, type SubmissionLimits } from './decide.ts'
export { type InLane, nextInLane, urgencyInLane } from './lane.ts'
export { type PathFigures, type SettlementPath, settlementPath } from './path.ts'
export {
  type Finished,
  firstStep,
  type InFlight,
  type Intended,
  isFinal,
  isFinished,
  type Observation,
  type SignedTransaction,
  type Step,
  type Submission,
  type Versions,
  versionsOf,
} from './submission.ts'
export {
  bumpAfterSeconds,
  type CallTiming,
  type FeeCaps,
  type FeeSight,
  mostUrgent,
  type Offer,
  offerFor,
  type Urgency,
  urgencyAt,
} from './urgency.ts'

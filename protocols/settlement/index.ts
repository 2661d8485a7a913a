// How one transaction comes to a known end: intent, hash, outcome. Pure; node/settlement does what is decided here.
export {
  decide,
  type Finished,
  firstStep,
  type InFlight,
  isFinished,
  type Observation,
  type SignedTransaction,
  type Step,
  type Submission,
  type SubmissionLimits,
} from './decide.ts'

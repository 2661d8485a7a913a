// What the court decides and how, so that a node can take part in a dispute. Pure; DisputeArbiterContract has the last word.
export { charge, dueOf, halve, lossOf } from './fees.ts'
export {
  blocksToSeed,
  type CourtRule,
  type CourtSettings,
  commitSecondsOf,
  feesOf,
  firstRoundFor,
  longestDisputeOf,
} from './rounds.ts'
export { type EndedRound, earningsOf, lossesOf, majorityOf, type Seat } from './tally.ts'
export {
  type CourtVerdict,
  type Evidence,
  isOwed,
  liabilityOf,
  loserOf,
  mayAppeal,
  measuresJurors,
  ofJury,
  type Side,
  VERDICTS,
  withoutJury,
} from './verdict.ts'
export {
  answerOf,
  type Ballot,
  ballotOf,
  commitmentOf,
  NO_RESULT,
  probePointOf,
  type SeatName,
  seedOf,
  type Vote,
} from './vote.ts'

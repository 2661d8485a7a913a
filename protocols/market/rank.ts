import type { Amount, Hash, Signed, UnixSeconds } from '../common/index.ts'
import { createScore } from './score.ts'
import type { Weights } from './weights.ts'

/** A valid bid and what its requester knows of the bidder. Scores are integers in hundredths of a point (0 to 10,000). */
export type Candidate = {
  bid: Signed<'Bid'>
  bidHash: Hash
  price: Amount
  reputation: number
  specialty: number
}

/** A candidate with its place; rank 1 is the best. */
export type RankedBid = Candidate & { rank: number }

export type RankContext = {
  maxPrice: Amount
  closesAt: UnixSeconds
  deliverBy: UnixSeconds
  weights?: Weights
}

type Scored = { candidate: Candidate; score: bigint }

// Ties go to the lower hash: whoever ranks the same bids must pick the same winner without talking.
const bestFirst = (a: Scored, b: Scored): number => {
  if (a.score !== b.score) return a.score > b.score ? -1 : 1
  return a.candidate.bidHash < b.candidate.bidHash ? -1 : 1
}

/** Total order of bids, best first, whatever order they came in. */
export const rankBids = (
  candidates: readonly Candidate[],
  context: RankContext,
): readonly RankedBid[] => {
  const scoreOf = createScore(context)
  return candidates
    .map((candidate) => ({ candidate, score: scoreOf(candidate) }))
    .sort(bestFirst)
    .map(({ candidate }, index) => ({ ...candidate, rank: index + 1 }))
}

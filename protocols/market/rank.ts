import type { Candidate, RankContext } from './candidate.ts'
import { createScore } from './score.ts'

/** A candidate with its place; rank 1 is the best. */
export type RankedBid = Candidate & { rank: number }

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

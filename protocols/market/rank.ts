import type { Amount, Hash, Signed, UnixSeconds } from '../common/index.ts'
import { DEFAULT_WEIGHTS, type Weights } from './weights.ts'

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

const FULL_SCORE = 10_000n

/**
 * Weighted sum of the part of the budget saved, reputation, specialty, and the part of the time saved, over the common denominator
 * maxPrice x 10,000 x time: exact integers. Each bid is measured against the auction, never against other bids, so that no bid can
 * change the order of two others and a better price or eta always counts.
 */
const createScore = (context: RankContext) => {
  const weights = context.weights ?? DEFAULT_WEIGHTS
  const [price, reputation, specialty, eta] = [
    BigInt(weights.price),
    BigInt(weights.reputation),
    BigInt(weights.specialty),
    BigInt(weights.eta),
  ]
  const budget = context.maxPrice > 0n ? context.maxPrice : 1n
  const timeMs = BigInt(Math.max(1, (context.deliverBy - context.closesAt) * 1000))
  return (candidate: Candidate): bigint => {
    const saved = price * (context.maxPrice - candidate.price) * FULL_SCORE * timeMs
    const standing =
      reputation * BigInt(candidate.reputation) + specialty * BigInt(candidate.specialty)
    const early = eta * (timeMs - BigInt(candidate.bid.message.etaMs)) * budget * FULL_SCORE
    return saved + standing * budget * timeMs + early
  }
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

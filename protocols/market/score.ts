import type { Candidate, RankContext } from './candidate.ts'
import { DEFAULT_WEIGHTS } from './weights.ts'

const FULL_SCORE = 10_000n

const timeMsOf = ({ closesAt, deliverBy }: RankContext): bigint =>
  BigInt(Math.max(1, (deliverBy - closesAt) * 1000))

/** By how much one atomic unit of price lowers a score. */
export const scorePerUnit = (context: RankContext): bigint =>
  BigInt((context.weights ?? DEFAULT_WEIGHTS).price) * FULL_SCORE * timeMsOf(context)

/**
 * Weighted sum of the part of the budget saved, reputation, specialty, and the part of the time saved, over the common denominator
 * maxPrice x 10,000 x time: exact integers. Each bid is measured against the auction, never against other bids, so that no bid can
 * change the order of two others and a better price or eta always counts.
 */
export const createScore = (context: RankContext) => {
  const weights = context.weights ?? DEFAULT_WEIGHTS
  const [price, reputation, specialty, eta] = [
    BigInt(weights.price),
    BigInt(weights.reputation),
    BigInt(weights.specialty),
    BigInt(weights.eta),
  ]
  const budget = context.maxPrice > 0n ? context.maxPrice : 1n
  const timeMs = timeMsOf(context)
  return (candidate: Candidate): bigint => {
    const saved = price * (context.maxPrice - candidate.price) * FULL_SCORE * timeMs
    const standing =
      reputation * BigInt(candidate.reputation) + specialty * BigInt(candidate.specialty)
    const early = eta * (timeMs - BigInt(candidate.bid.message.etaMs)) * budget * FULL_SCORE
    return saved + standing * budget * timeMs + early
  }
}

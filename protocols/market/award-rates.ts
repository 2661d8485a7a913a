import { type Amount, least } from '../common/index.ts'
import type { Candidate, RankContext } from './candidate.ts'
import { PRICING } from './constants.ts'
import type { Rates } from './price.ts'
import { createScore, scorePerUnit } from './score.ts'

/** A winner and the best of those ranked below it. */
export type Win = { winner: Candidate; next: Candidate | undefined }

/**
 * The highest price with which the winner would still have been ranked before `next`, at most the budget. Without a rival, or where
 * the price counts for nothing, that is the whole budget.
 */
export const winningPrice = ({ winner, next }: Win, context: RankContext): Amount => {
  const unit = scorePerUnit(context)
  if (!next || unit === 0n) return context.maxPrice
  const scoreOf = createScore(context)
  const lead = scoreOf(winner) - scoreOf(next)
  // Of two equal scores the lower hash is ranked first.
  const spare = winner.bidHash < next.bidHash ? lead : lead - 1n
  return least(winner.price + spare / unit, context.maxPrice)
}

/**
 * The rates that an award carries. A second price scales both rates of the bid by winningPrice / price, rounded down, so that they come
 * to no more than the winning price; a bid for nothing stays one. It does not resist a requester that bids on its own auction.
 */
export const awardRates = (
  pricing: number,
  win: Win & { winner: { bid: { message: Rates } } },
  context: RankContext,
): Rates => {
  const { price, bid } = win.winner
  const { basePrice, pricePerMfuel } = bid.message
  if (pricing === PRICING.FIRST || price === 0n) return { basePrice, pricePerMfuel }
  const best = winningPrice(win, context)
  return {
    basePrice: (basePrice * best) / price,
    pricePerMfuel: (pricePerMfuel * best) / price,
  }
}

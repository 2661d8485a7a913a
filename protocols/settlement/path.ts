import type { Amount } from '../common/index.ts'

/** How an agreement is paid: over a channel between the two, or from an escrow on the chain. */
export type SettlementPath = 'channel' | 'escrow'

/** One agreement's figures beside both sides' limits, in atomic units. */
export type PathFigures = {
  /** The most that the task can cost. */
  maxPrice: Amount
  /** From this price on, itself included, money is held in escrow. */
  threshold: Amount
  /** What the requester pays before delivery, and the most that it would. */
  prepaid?: Amount
  prepaidMax?: Amount
  /** The most that the provider leaves unpaid until its result is accepted. */
  maxCredit?: Amount
}

/** Escrow at or above the threshold, and below it where the risk is more than either side takes; else a channel. */
export const settlementPath = (figures: PathFigures): SettlementPath => {
  const { maxPrice, threshold, prepaid, prepaidMax, maxCredit } = figures
  if (maxPrice >= threshold) return 'escrow'
  const isTooMuchAhead = prepaid !== undefined && prepaidMax !== undefined && prepaid > prepaidMax
  const isTooMuchCredit = maxCredit !== undefined && maxPrice - (prepaid ?? 0n) > maxCredit
  return isTooMuchAhead || isTooMuchCredit ? 'escrow' : 'channel'
}

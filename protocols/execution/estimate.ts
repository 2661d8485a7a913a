import { type Fuel, least, most } from '../common/index.ts'

/**
 * How much fuel a task will use, and how that is known: from the receipts of `samples` earlier runs of the same module, from running this very
 * task here, or from its limit alone. `low` and `high` leave out the tenth at either end of what was seen.
 */
export type FuelEstimate = {
  from: 'receipts' | 'dry-run' | 'limit'
  samples: number
  low: Fuel
  likely: Fuel
  high: Fuel
}

/** What is known before a task is sold. `dryRun`: how far it got here, and whether that was its end. */
export type FuelEvidence = {
  past: readonly Fuel[]
  dryRun: { fuelUsed: Fuel; isOver: boolean } | null
  limit: Fuel
}

/** Most receipts that count: the newest. */
export const RECEIPTS_MAX = 100

const compare = (a: bigint, b: bigint): number => {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** The value with `percent` of the others below it or equal, by rank: always one that was seen. */
const quantile = (sorted: readonly Fuel[], percent: number): Fuel => {
  const rank = Math.ceil((sorted.length * percent) / 100)
  return sorted[Math.max(0, rank - 1)] ?? 0n
}

/** The fuel a task will use. A dry run that reached the end is the best there is: the same task uses the same fuel everywhere. */
export const estimateFuel = ({ past, dryRun, limit }: FuelEvidence): FuelEstimate => {
  if (dryRun?.isOver) {
    const { fuelUsed } = dryRun
    return { from: 'dry-run', samples: 1, low: fuelUsed, likely: fuelUsed, high: fuelUsed }
  }
  // A dry run that was stopped says what it takes at least.
  const floor = least(dryRun?.fuelUsed ?? 0n, limit)
  const newest = past.slice(0, RECEIPTS_MAX).sort(compare)
  if (newest.length === 0)
    return { from: 'limit', samples: 0, low: floor, likely: limit, high: limit }
  const [low, likely, high] = [10, 50, 90].map((percent) => most(quantile(newest, percent), floor))
  return { from: 'receipts', samples: newest.length, low, likely, high } as FuelEstimate
}

const SPARE = 2n
/** No limit below this: the little that a dry run may miss, such as another seed for chance. */
const LIMIT_MIN = 1_000_000n

/**
 * The fuel limit for a task whose order names none: twice what a dry run used; otherwise the usual limit, raised to twice what such runs
 * used where that is more. Never above `max`.
 */
export const fuelLimitOf = (
  { from, high }: FuelEstimate,
  { usual, max }: { usual: Fuel; max: Fuel },
): Fuel => {
  const spared = most(high * SPARE, LIMIT_MIN)
  if (from === 'dry-run') return least(spared, max)
  return from === 'receipts' ? least(most(usual, spared), max) : usual
}

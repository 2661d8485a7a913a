import type { Amount, Fuel } from '../common/index.ts'
import { priceOf, type Rates } from './price.ts'

/** What a task will cost, in atomic units: with the cheapest rates and the least fuel, with middling ones, and at worst. */
export type CostEstimate = { low: Amount; likely: Amount; high: Amount }

const compare = (a: bigint, b: bigint): number => {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Prices of some fuel at all rates, cheapest first. */
const pricesOf = (rates: readonly Rates[], fuel: Fuel): Amount[] =>
  rates.map((one) => priceOf(one, fuel)).sort(compare)

/** The cost of so much fuel at rates that were heard; null where none were. Sellers that nobody would take count too: `likely` is the middle one. */
export const estimateCost = (
  rates: readonly Rates[],
  { low, likely, high }: { low: Fuel; likely: Fuel; high: Fuel },
): CostEstimate | null => {
  const middle = Math.floor((rates.length - 1) / 2)
  const [cheapest, usual, dearest] = [
    pricesOf(rates, low)[0],
    pricesOf(rates, likely)[middle],
    pricesOf(rates, high).at(-1),
  ]
  if (cheapest === undefined || usual === undefined || dearest === undefined) return null
  return { low: cheapest, likely: usual, high: dearest }
}

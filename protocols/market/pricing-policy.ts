import type { Amount, Auction } from '../common/index.ts'
import type { DeclineCode } from './faults.ts'
import { priceOf, type Rates } from './price.ts'

/** What an owner asks for its machine's work, in atomic units; the margin is added to the rates of a full machine. */
export type PricingPolicy = Rates & {
  /** No task is sold for less. */
  minPrice: Amount
  /** Percent on top of the rates at full load, in proportion below. */
  loadMarginPercent: number
}

export type Quote = (Rates & { price: Amount }) | { declined: DeclineCode }

const SCALE = 10_000n
const scaleUp = (amount: Amount, factor: bigint): Amount => (amount * factor + SCALE - 1n) / SCALE

/** Rates for one auction at a load of 0 to 100 percent, or why there is no offer. */
export const quote = (
  policy: PricingPolicy,
  { maxFuel, maxPrice }: Pick<Auction, 'maxFuel' | 'maxPrice'>,
  loadPercent: number,
): Quote => {
  const factor = SCALE + BigInt(Math.ceil(policy.loadMarginPercent * loadPercent))
  const pricePerMfuel = scaleUp(policy.pricePerMfuel, factor)
  const scaledBase = scaleUp(policy.basePrice, factor)
  const scaledPrice = priceOf({ basePrice: scaledBase, pricePerMfuel }, maxFuel)
  const missing = policy.minPrice > scaledPrice ? policy.minPrice - scaledPrice : 0n
  const price = scaledPrice + missing
  if (price > maxPrice) return { declined: 'PRICE_ABOVE_BUDGET' }
  return { basePrice: scaledBase + missing, pricePerMfuel, price }
}

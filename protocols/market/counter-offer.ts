import type { Agreement, Award, CborValue } from '../common/index.ts'
import { areSlicesSane } from './agreement.ts'
import { MAX_REVIEW_SECONDS } from './constants.ts'
import {
  amountFromWire,
  amountToWire,
  countFromWire,
  fuelFromWire,
  tupleOf,
} from './deal-fields.ts'
import type { AgreementFault } from './faults.ts'
import { priceOf } from './price.ts'

/** Most counter-offers between an award and its agreement. */
export const MAX_COUNTERS = 3

/** What a provider would sign instead of what it was offered. */
export type Counter = Pick<
  Agreement,
  'basePrice' | 'pricePerMfuel' | 'sliceFuel' | 'prepaid' | 'startBy' | 'reviewSeconds'
>

/** The agreement with a counter-offer's terms. */
export const counteredAgreement = (agreement: Agreement, counter: Counter): Agreement => ({
  ...agreement,
  ...counter,
  maxPrice: priceOf(counter, agreement.maxFuel),
})

/** Why a counter-offer is none: it may never be worse for the requester than the award it signed. */
export const counterFault = (
  counter: Counter,
  { agreement, award }: { agreement: Agreement; award: Award },
): AgreementFault | null => {
  const { basePrice, pricePerMfuel, prepaid, reviewSeconds } = counter
  const isDearer = basePrice > award.basePrice || pricePerMfuel > award.pricePerMfuel
  if (isDearer) return 'PRICE_MISMATCH'
  if (!areSlicesSane({ ...agreement, ...counter })) return 'SLICES_INVALID'
  if (prepaid > priceOf(counter, agreement.maxFuel)) return 'PREPAID_ABOVE_PRICE'
  if (reviewSeconds > MAX_REVIEW_SECONDS) return 'REVIEW_TOO_LONG'
  return counter.startBy < agreement.deliverBy ? null : 'START_TOO_LATE'
}

export const counterToWire = (counter: Counter): CborValue => [
  amountToWire(counter.basePrice),
  amountToWire(counter.pricePerMfuel),
  counter.sliceFuel,
  amountToWire(counter.prepaid),
  counter.startBy,
  counter.reviewSeconds,
]

export const counterFromWire = (value: CborValue | undefined): Counter | null => {
  const items = value === undefined ? null : tupleOf(value, 6)
  const basePrice = amountFromWire(items?.[0])
  const pricePerMfuel = amountFromWire(items?.[1])
  const sliceFuel = fuelFromWire(items?.[2])
  const prepaid = amountFromWire(items?.[3])
  const startBy = countFromWire(items?.[4])
  const reviewSeconds = countFromWire(items?.[5])
  if (basePrice === null || pricePerMfuel === null || sliceFuel === null) return null
  if (prepaid === null || startBy === null || reviewSeconds === null) return null
  return { basePrice, pricePerMfuel, sliceFuel, prepaid, startBy, reviewSeconds }
}

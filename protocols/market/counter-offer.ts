import type { Agreement, CborValue } from '../common/index.ts'
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

/** Most counter-offers between an award and its agreement. */
export const MAX_COUNTERS = 3

/** What a provider would sign instead of what it was offered. Prices are not among it: neither side can be held to worse than it signed. */
export type Counter = Pick<Agreement, 'sliceFuel' | 'prepaid' | 'startBy' | 'reviewSeconds'>

/** The agreement with a counter-offer's terms. */
export const counteredAgreement = (agreement: Agreement, counter: Counter): Agreement => ({
  ...agreement,
  ...counter,
})

/** Why nobody could sign these terms; null where they hold together. */
export const counterFault = (counter: Counter, agreement: Agreement): AgreementFault | null => {
  const { prepaid, reviewSeconds } = counter
  if (!areSlicesSane({ ...agreement, ...counter })) return 'SLICES_INVALID'
  if (prepaid > agreement.maxPrice) return 'PREPAID_ABOVE_PRICE'
  if (reviewSeconds > MAX_REVIEW_SECONDS) return 'REVIEW_TOO_LONG'
  return counter.startBy < agreement.deliverBy ? null : 'START_TOO_LATE'
}

export const counterToWire = (counter: Counter): CborValue => [
  counter.sliceFuel,
  amountToWire(counter.prepaid),
  counter.startBy,
  counter.reviewSeconds,
]

export const counterFromWire = (value: CborValue | undefined): Counter | null => {
  const items = value === undefined ? null : tupleOf(value, 4)
  const sliceFuel = fuelFromWire(items?.[0])
  const prepaid = amountFromWire(items?.[1])
  const startBy = countFromWire(items?.[2])
  const reviewSeconds = countFromWire(items?.[3])
  if (sliceFuel === null || prepaid === null) return null
  if (startBy === null || reviewSeconds === null) return null
  return { sliceFuel, prepaid, startBy, reviewSeconds }
}

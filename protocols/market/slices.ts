import { type Agreement, type Amount, type Fuel, type Hash, least, most } from '../common/index.ts'
import { MAX_SLICES } from './constants.ts'
import { costOf, fuelValue, priceOf, type Rates } from './price.ts'
import { hashWords } from './words.ts'

export type SlicePlan = Rates & {
  maxFuel: Fuel
  /** The most slices wanted; default 10. */
  slices?: number
  /** No slice may be worth less than this, in atomic units. */
  minSliceValue: Amount
}

/** Fuel of one slice: an equal part of maxFuel, with fewer and larger slices where one would be worth too little to pay for. */
export const sliceFuelOf = ({
  maxFuel,
  pricePerMfuel,
  slices = 10,
  minSliceValue,
}: SlicePlan): Fuel => {
  const wanted = least(BigInt(slices), MAX_SLICES)
  const worthwhile = minSliceValue > 0n ? fuelValue(maxFuel, pricePerMfuel) / minSliceValue : wanted
  const count = least(wanted, worthwhile)
  return count <= 1n ? maxFuel : (maxFuel + count - 1n) / count
}

/** The default smallest slice, 0.05 USD, for a stablecoin of so many decimals. */
export const minSliceValue = (decimals: number): Amount => 10n ** BigInt(decimals) / 20n

/** The default most paid before delivery: the smaller of half of the price and 1 USD. */
export const prepaidOf = (price: Amount, decimals: number): Amount =>
  least(price / 2n, 10n ** BigInt(decimals))

/** The total that must be paid once so much fuel has been used and nothing is delivered yet: its cost, at most `prepaid`. */
export const dueAfterSlice = ({
  agreement,
  fuelUsed,
}: {
  agreement: Pick<Agreement, 'basePrice' | 'pricePerMfuel' | 'maxPrice' | 'prepaid'>
  fuelUsed: Fuel
}): Amount => least(costOf(agreement, fuelUsed), agreement.prepaid)

/** What a promise for one slice is for: keccak256(abi.encode(bytes32 agreementHash, uint32 slice, uint96 paid)). */
export const sliceMemo = (agreementHash: Hash, slice: number, paid: Amount): Hash =>
  hashWords(agreementHash, slice, paid)

/** What each side can lose to a liar, in atomic units. */
export type Risk = { providerUnpaid: Amount; requesterPrepaid: Amount }

/**
 * The provider's worst: the first slice with the base price, or all that is paid only with acceptance. The requester's worst: what it
 * pays before it has a result.
 */
export const riskOf = (agreement: Agreement): Risk => {
  const price = least(priceOf(agreement, agreement.maxFuel), agreement.maxPrice)
  const firstSlice = costOf(agreement, least(agreement.sliceFuel, agreement.maxFuel))
  const onAcceptance = price - least(price, agreement.prepaid)
  return {
    providerUnpaid: most(firstSlice, onAcceptance),
    requesterPrepaid: least(price, agreement.prepaid),
  }
}

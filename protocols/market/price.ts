import { type Amount, type Fuel, least } from '../common/index.ts'
import { MFUEL } from './constants.ts'

/** What computation costs, in atomic units: a base per task and a price per million units of fuel. */
export type Rates = { basePrice: Amount; pricePerMfuel: Amount }

/** Value of some fuel at a price per Mfuel, rounded up, without the base. */
export const fuelValue = (fuel: Fuel, pricePerMfuel: Amount): Amount =>
  (fuel * pricePerMfuel + MFUEL - 1n) / MFUEL

/** The most that a task can cost at these rates: base + ceil(maxFuel x pricePerMfuel / 1e6). */
export const priceOf = ({ basePrice, pricePerMfuel }: Rates, maxFuel: Fuel): Amount =>
  basePrice + fuelValue(maxFuel, pricePerMfuel)

/** What a task that used this fuel costs: follows the fuel, and is never above maxPrice. */
export const costOf = (rates: Rates & { maxPrice: Amount }, fuelUsed: Fuel): Amount =>
  least(priceOf(rates, fuelUsed), rates.maxPrice)

import type { Amount } from '../common/index.ts'
import { MFUEL } from './constants.ts'

/** What a machine does and costs. Speeds in fuel per second of one worker, by kind of work; cost of the whole machine for an hour, in atomic units. */
export type MachineCost = {
  fuelPerSecond: readonly number[]
  workers: number
  costPerHour: Amount
  /** Share of the time that is sold, in percent. */
  utilisationPercent: number
  /** On top of the cost, in percent. */
  marginPercent: number
}

/** How a price came about: millions of fuel per second of one worker, millions sold in an hour by all, price per Mfuel in atomic units. */
export type PriceProposal = {
  speedMfuelPerSecond: number
  mfuelPerHour: bigint
  /** Price per Mfuel before it is rounded up, in millionths of an atomic unit. */
  exactMicroUnits: bigint
  pricePerMfuel: Amount
}

const HUNDRED = 100n
const SECONDS = 3_600n
const MICRO = 1_000_000n

const ceilDiv = (value: bigint, by: bigint): bigint => (value + by - 1n) / by

/** Fuel per second of work that is made of equal fuel of each kind: the slow kinds take the time, so the mean is the harmonic one. */
export const mixedSpeed = (fuelPerSecond: readonly number[]): number => {
  const seconds = fuelPerSecond.reduce((sum, speed) => sum + 1 / speed, 0)
  return fuelPerSecond.length / seconds
}

/** The price per Mfuel that pays for a machine; null where it does nothing or is never sold. At least one atomic unit: a token has no smaller part. */
export const proposePrice = ({
  fuelPerSecond,
  workers,
  costPerHour,
  utilisationPercent,
  marginPercent,
}: MachineCost): PriceProposal | null => {
  const speed = Math.round(mixedSpeed(fuelPerSecond))
  if (!Number.isSafeInteger(speed) || speed <= 0 || workers <= 0 || utilisationPercent <= 0) {
    return null
  }
  const fuelPerHour = BigInt(speed) * BigInt(workers) * SECONDS
  const sold = (fuelPerHour * BigInt(utilisationPercent)) / HUNDRED
  const due = costPerHour * (HUNDRED + BigInt(marginPercent)) * MFUEL
  const pricePerMfuel = ceilDiv(due, sold * HUNDRED)
  return {
    speedMfuelPerSecond: Math.max(1, Math.round(speed / 1e6)),
    mfuelPerHour: sold / MFUEL,
    exactMicroUnits: (due * MICRO) / (sold * HUNDRED),
    pricePerMfuel: pricePerMfuel > 0n ? pricePerMfuel : 1n,
  }
}

import type { Amount, CborValue, Fuel, Hash, Signature } from '../common/index.ts'
import { fromHex, MAX_AMOUNT, toHex } from '../common/index.ts'

const MAX_CODE = /^[A-Z][A-Z0-9_]{0,63}$/

export const amountToWire = (amount: Amount): CborValue => {
  const digits = amount.toString(16)
  return fromHex(`0x${digits.padStart(2 * Math.ceil(digits.length / 2), '0')}`)
}

/** An amount as its shortest big-endian bytes (one zero byte for 0); null for any other form. */
export const amountFromWire = (value: CborValue | undefined): Amount | null => {
  if (!(value instanceof Uint8Array) || value.length === 0 || value.length > 12) return null
  if (value[0] === 0 && value.length > 1) return null
  const amount = BigInt(toHex(value))
  return amount <= MAX_AMOUNT ? amount : null
}

const bytesFromWire = (value: CborValue | undefined, length: number) =>
  value instanceof Uint8Array && value.length === length ? toHex(value) : null

export const hashFromWire = (value: CborValue | undefined): Hash | null => bytesFromWire(value, 32)

export const signatureFromWire = (value: CborValue | undefined): Signature | null =>
  bytesFromWire(value, 65)

/** A machine code: upper-case words joined by underscores, at most 64 characters. */
export const codeFromWire = (value: CborValue | undefined): string | null =>
  typeof value === 'string' && MAX_CODE.test(value) ? value : null

export const textFromWire = (value: CborValue | undefined, maxChars: number): string | null =>
  typeof value === 'string' && value.length <= maxChars ? value : null

export const countFromWire = (value: CborValue | undefined): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null

/** Fuel, whose larger values come as bigint from the decoder. */
export const fuelFromWire = (value: CborValue | undefined): Fuel | null => {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value)
  const fuel = isWhole ? BigInt(value as bigint | number) : -1n
  return fuel >= 0n && fuel < 1n << 64n ? fuel : null
}

/** The items of a CBOR array of exactly this length. */
export const tupleOf = (value: CborValue, length: number): readonly CborValue[] | null =>
  Array.isArray(value) && value.length === length ? value : null

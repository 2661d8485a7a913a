import { type Amount, MAX_AMOUNT } from './units.ts'

const DECIMAL = /^(0|[1-9]\d{0,28})(?:\.(\d{1,36}))?$/

/** Atomic units of a decimal text such as `0.50`; null where it is malformed, finer than the token's decimals, or over 2^96 - 1. */
export const parseAmount = (text: string, decimals: number): Amount | null => {
  const [, whole, fraction = ''] = DECIMAL.exec(text) ?? []
  const digits = fraction.replace(/0+$/, '')
  if (whole === undefined || digits.length > decimals) return null
  const amount = BigInt(whole + digits.padEnd(decimals, '0'))
  return amount <= MAX_AMOUNT ? amount : null
}

/** Atomic units as decimal text: exact, with two digits after the point (as far as the token has them) or as many more as it takes. */
export const formatAmount = (amount: Amount, decimals: number): string => {
  const sign = amount < 0n ? '-' : ''
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals)
  const shown = fraction.replace(/0+$/, '').padEnd(Math.min(2, decimals), '0')
  return shown === '' ? sign + whole : `${sign}${whole}.${shown}`
}

/** The smaller of two amounts of anything. */
export const least = (one: bigint, other: bigint): bigint => (one < other ? one : other)

/** The larger of two amounts of anything. */
export const most = (one: bigint, other: bigint): bigint => (one > other ? one : other)

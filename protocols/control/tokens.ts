import type { Amount } from '../common/index.ts'
import { Fault } from '../common/index.ts'

/** "0.50" to atomic units, exactly. Throws REQUEST_INVALID where the token has fewer decimals than the text. */
export const parseTokens = (text: string, decimals: number): Amount => {
  const [whole = '', fraction = ''] = text.split('.')
  const isAmount = /^\d{1,20}(\.\d{1,18})?$/.test(text)
  if (!isAmount || fraction.length > decimals) {
    throw new Fault('REQUEST_INVALID', `${text} is no amount with at most ${decimals} decimals`)
  }
  return BigInt(whole + fraction.padEnd(decimals, '0'))
}

/** Atomic units to text with at least two decimals and no more than needed: 500000 of 6 decimals is "0.50". */
export const formatTokens = (amount: Amount, decimals: number): string => {
  const sign = amount < 0n ? '-' : ''
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  if (decimals === 0) return sign + whole
  return `${sign}${whole}.${fraction.padEnd(Math.min(2, decimals), '0')}`
}

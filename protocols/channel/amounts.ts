import { type Amount, least, most } from '../common/index.ts'
import type { ChannelBook, ChannelRecord, Flow } from './record.ts'

const atLeast0 = (amount: Amount): Amount => (amount > 0n ? amount : 0n)
/** The smaller amount. */

/** What the payer has promised so far, cumulative; what was claimed was promised, even where this side has forgotten it. */
export const sentOf = ({ promise, claimed }: ChannelRecord): Amount =>
  most(promise?.message.sent ?? 0n, claimed)

/** What agreements have cost for good: paid and not refunded. Never more than what is promised. */
export const earnedOf = ({ paidTotal, refundedTotal }: ChannelRecord): Amount =>
  paidTotal - refundedTotal

/** Promised, refunded, and not yet consumed by a later payment: the next promises grow by that much less. */
export const creditOf = (channel: ChannelRecord): Amount =>
  atLeast0(sentOf(channel) - earnedOf(channel))

/** What running deals may still cost. */
export const reservedOf = ({ deals }: ChannelBook): Amount => {
  let reserved = 0n
  for (const { phase, amount, paid } of deals.values()) {
    if (phase === 'running') reserved += atLeast0(amount - paid)
  }
  return reserved
}

/** The deposit with which every promise and every running deal is covered, its credit consumed first. */
export const neededOf = (book: ChannelBook): Amount =>
  most(sentOf(book.channel), earnedOf(book.channel) + reservedOf(book))

/** What a new deal may cost: deposit - sent - reserved + credit. */
export const freeOf = (book: ChannelBook): Amount =>
  atLeast0(book.channel.deposit - earnedOf(book.channel) - reservedOf(book))

/** The promise that a payment needs: none greater than before while credit covers it. */
export const sentAfter = (channel: ChannelRecord, increase: Amount): Amount =>
  most(sentOf(channel), earnedOf(channel) + increase)

/** What the payee could take out now. Mirrors the contract. */
export const claimableOf = (channel: ChannelRecord): Amount =>
  atLeast0(coveredOf(channel) - channel.claimed)

/** What the promises are worth at the contract. */
export const coveredOf = (channel: ChannelRecord): Amount => least(sentOf(channel), channel.deposit)

const duplexAmounts = (channel: ChannelRecord, back: Flow) => {
  const total = channel.deposit + back.deposit
  const balance = channel.deposit + back.paidTotal - back.refundedTotal - earnedOf(channel)
  const payA = least(atLeast0(balance), total)
  return { payA, payB: total - payA }
}

/** What a cooperative close pays: the payee what it earned and did not claim, the payer the rest, unconsumed credit with it. */
export const closeAmountsOf = (channel: ChannelRecord): { payA: Amount; payB: Amount } => {
  if (channel.back !== null) return duplexAmounts(channel, channel.back)
  const held = channel.deposit - channel.claimed
  const payB = least(atLeast0(earnedOf(channel) - channel.claimed), held)
  return { payA: held - payB, payB }
}

/** What to add to a deposit that falls short, in whole steps. */
export const topUpOf = (shortfall: Amount, step: Amount): Amount =>
  step > 0n ? ((shortfall + step - 1n) / step) * step : shortfall

/** The first deposit of a channel. */
export const openingAmountOf = (book: ChannelBook, deposit: Amount): Amount =>
  most(deposit, neededOf(book))

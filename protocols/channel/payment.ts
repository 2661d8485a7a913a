import {
  type Amount,
  type Hash,
  least,
  type PayState,
  type Signature,
  type Signed,
  ZERO_HASH,
} from '../common/index.ts'
import { earnedOf, sentAfter, sentOf } from './amounts.ts'
import type { ChannelFault } from './faults.ts'
import { isPaidByA } from './flows.ts'
import { type Checks, judgePromise, moneyStop } from './promise.ts'
import type { ChannelBook, ChannelRecord, DealRecord } from './record.ts'

/** `paid` is what the agreement will have been paid in all. */
export type PaymentOrder = { key: string; agreementHash: Hash; paid: Amount; memo: Hash }

/** The next state, to be made durable before anything is sent or served. `isNew` is false for a repetition. */
export type PaymentMade = { channel: ChannelRecord; deal: DealRecord; isNew: boolean }

const orderFault = (
  { channel, deals }: ChannelBook,
  deal: DealRecord,
  { agreementHash, paid }: PaymentOrder,
): ChannelFault | null => {
  if (deal.agreementHash !== null && deal.agreementHash !== agreementHash) {
    return 'AGREEMENT_CONFLICT'
  }
  for (const other of deals.values()) {
    if (other !== deal && other.agreementHash === agreementHash) return 'AGREEMENT_CONFLICT'
  }
  if (paid < deal.paid) return 'PAYMENT_LOWER'
  if (paid === deal.paid) return null
  // What it had reserved may be another deal's by now.
  if (deal.phase === 'over') return 'RESERVATION_UNKNOWN'
  if (paid > deal.amount) return 'PAYMENT_OVER_RESERVE'
  const isCovered = sentAfter(channel, paid - deal.paid) <= channel.deposit
  return moneyStop(channel) ?? (isCovered ? null : 'DEPOSIT_TOO_SMALL')
}

/** A deal restored from a time before its first payment has forgotten which agreement it is, and what that was paid. */
const withRecalled = (
  { recalled = [] }: ChannelRecord,
  deal: DealRecord,
  agreementHash: Hash,
): DealRecord => {
  if (deal.agreementHash !== null) return deal
  const before = recalled.find((payment) => payment.agreementHash === agreementHash)
  return before ? { ...deal, agreementHash, paid: least(before.paid, deal.amount) } : deal
}

/** Payer: raises what an agreement was paid. Consumes credit first and signs a greater promise for what credit does not cover. */
export const makePayment = (
  book: ChannelBook,
  order: PaymentOrder,
  sign: (message: PayState) => Signature,
): PaymentMade | ChannelFault => {
  const { channel, deals } = book
  if (channel.role !== 'payer') return 'WRONG_ROLE'
  const reserved = deals.get(order.key)
  if (reserved === undefined) return 'RESERVATION_UNKNOWN'
  const deal = withRecalled(channel, reserved, order.agreementHash)
  const fault = orderFault(book, deal, order)
  if (fault !== null) return fault
  const { agreementHash, paid, memo } = order
  if (paid === deal.paid) return { channel, deal, isNew: false }
  const amount = paid - deal.paid
  const sent = sentAfter(channel, amount)
  const promise = sent > sentOf(channel) ? promiseOf(channel, { sent, memo }, sign) : null
  return {
    channel: {
      ...channel,
      paidTotal: channel.paidTotal + amount,
      promise: promise ?? channel.promise,
    },
    deal: {
      ...deal,
      agreementHash,
      paid,
      payment: { paid, amount, memo, promise, isAcked: false },
    },
    isNew: true,
  }
}

const promiseOf = (
  channel: ChannelRecord,
  { sent, memo }: { sent: Amount; memo: Hash },
  sign: (message: PayState) => Signature,
): Signed<'PayState'> => {
  const { channelId, epoch } = channel
  const message = {
    channelId,
    epoch,
    fromA: isPaidByA(channel),
    sent,
    lockedTotal: 0n,
    locksRoot: ZERO_HASH,
    memo,
  }
  return { message, signature: sign(message) }
}

/** A payment as it reached the payee; `promise` is null where the payer holds that credit covers it. */
export type PaymentNotice = {
  agreementHash: Hash
  paid: Amount
  memo: Hash
  promise: Signed<'PayState'> | null
}

// A promise overtaken by a newer one is no fault: what it paid for is covered by the newer one.
const promiseToHold = (
  channel: ChannelRecord,
  { promise }: PaymentNotice,
  checks: Checks,
): Signed<'PayState'> | null | ChannelFault => {
  if (promise === null) return moneyStop(channel) ?? channel.promise
  const verdict = judgePromise(channel, promise, checks)
  if (verdict.action === 'accept') return promise
  return verdict.code === 'PROMISE_STALE' ? channel.promise : verdict.code
}

/** Payee: counts a payment for its agreement, only as far as verified promises and its own refunds cover it. */
export const takePayment = (
  { channel, deal }: { channel: ChannelRecord; deal: DealRecord | undefined },
  notice: PaymentNotice,
  checks: Checks,
): PaymentMade | ChannelFault => {
  if (channel.role !== 'payee') return 'WRONG_ROLE'
  if (deal === undefined) return 'AGREEMENT_UNKNOWN'
  const { paid, memo } = notice
  if (paid <= deal.paid) return { channel, deal, isNew: false }
  if (paid > deal.amount) return 'PAYMENT_OVER_RESERVE'
  if (notice.promise !== null && notice.promise.message.memo !== memo) return 'MEMO_MISMATCH'
  const promise = promiseToHold(channel, notice, checks)
  if (typeof promise === 'string') return promise
  const amount = paid - deal.paid
  const next = { ...channel, promise, paidTotal: channel.paidTotal + amount }
  if (earnedOf(next) > sentOf(next)) return 'PAYMENT_UNCOVERED'
  const payment = { paid, amount, memo, promise: notice.promise, isAcked: true }
  return { channel: next, deal: { ...deal, paid, payment }, isNew: true }
}

/** Payer: the payee holds the payment of this total, or a greater one. */
export const acknowledge = (deal: DealRecord, paid: Amount): DealRecord =>
  deal.payment === null || deal.payment.isAcked || paid < deal.payment.paid
    ? deal
    : { ...deal, payment: { ...deal.payment, isAcked: true } }

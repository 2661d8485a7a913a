import type { Amount, Refund, Signature } from '../common/index.ts'
import { sentOf } from './amounts.ts'
import type { ChannelFault } from './faults.ts'
import { type PaymentMade, type PaymentNotice, takePayment } from './payment.ts'
import { type Checks, judgePromise } from './promise.ts'
import { type ChannelBook, type ChannelRecord, type DealRecord, dealOf } from './record.ts'
import { makeRefund, type RefundMade } from './refund.ts'

/** What became of one payment of a burst: what its deal has been paid in all, or why it was not taken. */
export type BurstOutcome =
  | { type: 'taken'; payment: PaymentMade; refund: RefundMade | null }
  | { type: 'refused'; code: ChannelFault }

/** The next state, to be made durable before any of it is acknowledged; outcomes are in the order of the notices. */
export type BurstTaken = {
  channel: ChannelRecord
  deals: readonly DealRecord[]
  outcomes: readonly BurstOutcome[]
}

type BurstChecks = Checks & { signRefund: (message: Refund) => Signature }

const newestOf = (notices: readonly PaymentNotice[], known: Amount) => {
  let newest: PaymentNotice['promise'] = null
  for (const { promise, memo } of notices) {
    const isGreater = promise !== null && promise.message.sent > (newest?.message.sent ?? known)
    if (isGreater && promise.message.memo === memo) newest = promise
  }
  return newest
}

// Promises are cumulative: the newest covers every older one of the burst, and those need no check of their own.
const withNewest = (
  channel: ChannelRecord,
  notices: readonly PaymentNotice[],
  checks: Checks,
): ChannelRecord => {
  const newest = newestOf(notices, sentOf(channel))
  if (newest === null || judgePromise(channel, newest, checks).action !== 'accept') return channel
  return { ...channel, promise: newest }
}

const takeOne = (
  { channel, deal }: { channel: ChannelRecord; deal: DealRecord | undefined },
  notice: PaymentNotice,
  checks: BurstChecks,
): BurstOutcome => {
  const payment = takePayment({ channel, deal }, notice, checks)
  if (typeof payment === 'string') return { type: 'refused', code: payment }
  // What comes in for a deal that was already refunded is not owed either.
  const isOwedBack = payment.isNew && payment.deal.refund !== null
  const refund = isOwedBack ? makeRefund(payment.channel, payment.deal, checks.signRefund) : null
  return { type: 'taken', payment, refund }
}

/** Payee: counts payments that arrived together. One signature is checked for all of them, unless the newest is bad. */
export const takeBurst = (
  book: ChannelBook,
  notices: readonly PaymentNotice[],
  checks: BurstChecks,
): BurstTaken => {
  let channel = withNewest(book.channel, notices, checks)
  const changed = new Map<string, DealRecord>()
  const outcomes = notices.map((notice) => {
    const known = dealOf(book, notice.agreementHash)
    const deal = known && (changed.get(known.key) ?? known)
    const outcome = takeOne({ channel, deal }, notice, checks)
    if (outcome.type === 'taken' && outcome.payment.isNew) {
      const next = outcome.refund ?? outcome.payment
      channel = next.channel
      changed.set(next.deal.key, next.deal)
    }
    return outcome
  })
  return { channel, deals: [...changed.values()], outcomes }
}

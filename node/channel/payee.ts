import {
  ackToWire,
  type ChannelBook,
  type ChannelFault,
  claimableOf,
  type DealRecord,
  dealOf,
  freeOf,
  MAX_RUNNING_DEALS,
  makeRefund,
  moneyStop,
  newDeal,
  type PayMessage,
  type PaymentMade,
  payFromWire,
  type RefundMade,
  sentOf,
  takePayment,
} from '../../protocols/channel/index.ts'
import type { Address, Amount, Hash, Refund, Signed } from '../../protocols/common/index.ts'
import { refresh } from './chain-look.ts'
import { type Desk, isFault, wellFormed } from './desk.ts'
import type { Change } from './disk.ts'
import { bookWith } from './meeting.ts'
import { refuse } from './refuse.ts'
import { sendRefund } from './sending.ts'

export type Backing = { channelId: Hash; agreementHash: Hash; amount: Amount; payer: Address }

export type Payee = {
  /**
   * Checks that the payer's channel is open, confirmed and free for `amount`, and durably holds that much back. Throws Fault
   * CHANNEL_UNKNOWN, CHANNEL_UNCONFIRMED, CHANNEL_CLOSING, CHANNEL_FROZEN, CLOSE_OUTSTANDING, RESERVE_TOO_SMALL.
   */
  back(backing: Backing): Promise<void>
  /** What the agreement was paid in all: verified and durable. */
  paidFor(agreementHash: Hash): Promise<Amount>
  /** The deal is over: nothing is held back for it any more. */
  finish(agreementHash: Hash): Promise<void>
  /** Durably owes back everything paid for the agreement, and tells the payer now or on the next connection; null where nothing was paid. */
  refund(agreementHash: Hash): Promise<Signed<'Refund'> | null>
}

type Known = { channelId: Hash; deal: DealRecord }

const find = async (desk: Desk, agreementHash: Hash): Promise<Known | undefined> => {
  const books = desk.shelf.books().filter(({ channel }) => channel.role === 'payee')
  for (const { channel, deals } of books) {
    const deal = deals.get(agreementHash)
    if (deal !== undefined) return { channelId: channel.channelId, deal }
  }
  for (const { channel } of books) {
    const deal = await desk.shelf.resting(channel.channelId, agreementHash)
    if (deal !== undefined) return { channelId: channel.channelId, deal }
  }
  return undefined
}

const decideBacking =
  ({ channelId, agreementHash, amount }: Backing) =>
  (book: ChannelBook): Change<void> | ChannelFault => {
    const known = dealOf(book, agreementHash)
    if (known !== undefined) {
      return known.amount === amount ? { value: undefined } : 'RESERVATION_CONFLICT'
    }
    const stop = moneyStop(book.channel)
    if (stop !== null) return stop
    if (book.deals.size >= MAX_RUNNING_DEALS) return 'RESERVATION_LIMIT'
    if (freeOf(book) < amount) return 'RESERVE_TOO_SMALL'
    const deal = newDeal({ channelId, key: agreementHash, agreementHash, amount })
    return { deals: [deal], value: undefined }
  }

// This side may not have seen yet what the payer saw confirmed.
const withFreshLook = async <T>(
  desk: Desk,
  channelId: Hash,
  attempt: () => Promise<T>,
): Promise<T> => {
  try {
    return await attempt()
  } catch (error) {
    if (!isFault(error, 'CHANNEL_UNCONFIRMED', 'RESERVE_TOO_SMALL', 'PROMISE_OVER_DEPOSIT')) {
      throw error
    }
    await refresh(desk, channelId).catch(() => Promise.reject(error))
    return attempt()
  }
}

const back = async (desk: Desk, backing: Backing): Promise<void> => {
  const { channelId, agreementHash } = backing
  const book = desk.shelf.find(channelId)
  if (book?.channel.role !== 'payee' || book.channel.peer !== backing.payer) {
    throw refuse('CHANNEL_UNKNOWN', { channelId })
  }
  const options = { agreement: agreementHash }
  await withFreshLook(desk, channelId, () =>
    desk.shelf.change(channelId, decideBacking(backing), options),
  )
}

const tellRefund = (
  { deps }: Desk,
  { channel: { channelId, peer, role }, deal: { agreementHash, refunded } }: RefundMade,
): void => {
  if (agreementHash === null) return
  const amount = refunded.toString()
  deps.emit({ type: 'channel.refunded', channelId, peer, role, agreementHash, amount })
}

const signRefund =
  ({ deps }: Desk) =>
  (message: Refund) =>
    deps.signer.sign(deps.marketDigest('Refund', message))

const refund = async (desk: Desk, agreementHash: Hash): Promise<Signed<'Refund'> | null> => {
  const known = await find(desk, agreementHash)
  if (known === undefined) return null
  const { channelId } = known
  const decide = (book: ChannelBook): Change<RefundMade | null> | ChannelFault => {
    const deal = dealOf(book, agreementHash)
    const made = deal ? makeRefund(book.channel, deal, signRefund(desk)) : null
    return made?.isNew
      ? { channel: made.channel, deals: [made.deal], value: made }
      : { value: made }
  }
  const made = await desk.shelf.change(channelId, decide, { agreement: agreementHash })
  if (!made || made.deal.refunded === 0n) return null
  if (made.isNew) {
    tellRefund(desk, made)
    desk.background('refund', () => sendRefund(desk, channelId, made.deal.key))
  }
  return made.deal.refund?.signed ?? null
}

const finish = async (desk: Desk, agreementHash: Hash): Promise<void> => {
  const known = await find(desk, agreementHash)
  if (known === undefined || known.deal.phase === 'over') return
  await desk.shelf.change(known.channelId, ({ deals }) => {
    const deal = deals.get(known.deal.key)
    return deal ? { deals: [{ ...deal, phase: 'over' }], value: undefined } : { value: undefined }
  })
}

type Taken = { payment: PaymentMade; refund: RefundMade | null }

const decideTaking =
  (desk: Desk, message: PayMessage) =>
  (book: ChannelBook): Change<Taken> | ChannelFault => {
    const { channel } = book
    const deal = dealOf(book, message.agreementHash)
    const { channelDigest: digest, recover } = desk.deps
    const payment = takePayment({ channel, deal }, message, { digest, recover })
    if (typeof payment === 'string') return payment
    if (!payment.isNew) return { value: { payment, refund: null } }
    // What comes in for a deal that was already refunded is not owed either.
    const isRefunded = payment.deal.refund !== null
    const made = isRefunded ? makeRefund(payment.channel, payment.deal, signRefund(desk)) : null
    const next = made ?? payment
    return {
      channel: next.channel,
      deals: [next.deal],
      value: { payment, refund: made },
    }
  }

const tellPaid = ({ deps }: Desk, { channel, deal }: PaymentMade): void => {
  const { channelId, peer, role } = channel
  if (deal.agreementHash === null || deal.payment === null) return
  const { agreementHash, payment } = deal
  const sums = { amount: payment.amount.toString(), sent: sentOf(channel).toString() }
  deps.emit({ type: 'channel.paid', channelId, peer, role, agreementHash, ...sums })
}

/** Called after each payment with what the payer has promised and the payee not claimed. */
export type Exposed = (channelId: Hash, unclaimed: Amount) => void

const hearPayment = async (desk: Desk, message: PayMessage, exposed: Exposed) => {
  const { channelId, agreementHash } = message
  const decide = decideTaking(desk, message)
  const { payment, refund: again } = await withFreshLook(desk, channelId, () =>
    desk.shelf.change(channelId, decide, { agreement: agreementHash }),
  )
  if (payment.isNew) {
    tellPaid(desk, payment)
    exposed(channelId, claimableOf(payment.channel))
  }
  if (again !== null) {
    tellRefund(desk, again)
    desk.background('refund', () => sendRefund(desk, channelId, again.deal.key))
  }
  return payment.deal.paid
}

export const createPayee = (desk: Desk): Payee => ({
  back: (backing) => back(desk, backing),
  paidFor: async (agreementHash) => (await find(desk, agreementHash))?.deal.paid ?? 0n,
  finish: (agreementHash) => finish(desk, agreementHash),
  refund: (agreementHash) => refund(desk, agreementHash),
})

export const servePayments = (desk: Desk, exposed: Exposed): void =>
  desk.serve('pay', async (body, from) => {
    const message = wellFormed(payFromWire(body))
    bookWith(desk, message.channelId, from)
    return ackToWire(await hearPayment(desk, message, exposed))
  })

import {
  bookView,
  type ChannelBook,
  type ChannelFault,
  type DealRecord,
  dealOf,
  freeOf,
  isPaidBack,
  MAX_RUNNING_DEALS,
  makeRefund,
  moneyStop,
  newDeal,
  type RefundMade,
  within,
} from '../../protocols/channel/index.ts'
import type { Address, Amount, Hash, Signed } from '../../protocols/common/index.ts'
import { refresh } from './chain-look.ts'
import { type Desk, isFault } from './desk.ts'
import type { Change } from './disk.ts'
import { signRefund, tellRefund } from './inbox.ts'
import { refuse } from './refuse.ts'

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

const find = async ({ shelf }: Desk, agreementHash: Hash): Promise<Known | undefined> => {
  const book = shelf.holding('payee', agreementHash)
  const running = book?.deals.get(agreementHash)
  if (book && running) return { channelId: book.channel.channelId, deal: running }
  for (const { channel } of shelf.books()) {
    if (isPaidBack(channel) === null) continue
    const deal = await shelf.resting(channel.channelId, agreementHash)
    if (deal !== undefined) return { channelId: channel.channelId, deal }
  }
  return undefined
}

const backingStop = (book: ChannelBook, amount: Amount): ChannelFault | null => {
  const { channel, deals } = book
  const stop = moneyStop(channel)
  if (stop !== null) return stop
  if (channel.leaving !== null) return 'CHANNEL_CLOSING'
  if (deals.size >= MAX_RUNNING_DEALS) return 'RESERVATION_LIMIT'
  return freeOf(book) < amount ? 'RESERVE_TOO_SMALL' : null
}

const decideBacking =
  ({ channelId, agreementHash, amount }: Backing) =>
  (book: ChannelBook): Change<void> | ChannelFault => {
    const known = dealOf(book, agreementHash)
    if (known !== undefined) {
      return known.amount === amount ? { value: undefined } : 'RESERVATION_CONFLICT'
    }
    const isBack = isPaidBack(book.channel) === true
    const stop = backingStop(bookView(book, isBack), amount)
    if (stop !== null) return stop
    const deal = newDeal({ channelId, key: agreementHash, isBack, agreementHash, amount })
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
    if (!isFault(error, 'CHANNEL_UNCONFIRMED', 'RESERVE_TOO_SMALL')) {
      throw error
    }
    await refresh(desk, channelId).catch(() => Promise.reject(error))
    return attempt()
  }
}

const back = async (desk: Desk, backing: Backing): Promise<void> => {
  const { channelId, agreementHash } = backing
  const book = desk.shelf.find(channelId)
  const isPaid = book !== undefined && isPaidBack(book.channel) !== null
  if (!isPaid || book.channel.peer !== backing.payer) {
    throw refuse('CHANNEL_UNKNOWN', { channelId })
  }
  const options = { agreements: [agreementHash] }
  await withFreshLook(desk, channelId, () =>
    desk.shelf.change(channelId, decideBacking(backing), options),
  )
}

const refund = async (desk: Desk, agreementHash: Hash): Promise<Signed<'Refund'> | null> => {
  const known = await find(desk, agreementHash)
  if (known === undefined) return null
  const { channelId } = known
  const decide = (book: ChannelBook): Change<RefundMade | null> | ChannelFault => {
    const deal = dealOf(book, agreementHash)
    if (deal === undefined) return { value: null }
    const signed = within(
      book,
      deal.isBack,
      ({ channel }) => makeRefund(channel, deal, signRefund(desk)) ?? 'AGREEMENT_UNKNOWN',
    )
    if (typeof signed === 'string') return { value: null }
    return signed.isNew
      ? { channel: signed.channel, deals: [signed.deal], value: signed }
      : { value: signed }
  }
  const made = await desk.shelf.change(channelId, decide, { agreements: [agreementHash] })
  if (!made || made.deal.refunded === 0n) return null
  if (made.isNew) tellRefund(desk, made)
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

export const createPayee = (desk: Desk): Payee => ({
  back: (backing) => back(desk, backing),
  paidFor: async (agreementHash) => (await find(desk, agreementHash))?.deal.paid ?? 0n,
  finish: (agreementHash) => finish(desk, agreementHash),
  refund: (agreementHash) => refund(desk, agreementHash),
})

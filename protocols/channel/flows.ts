import type { Amount } from '../common/index.ts'
import { sentOf } from './amounts.ts'
import type { ChannelFault } from './faults.ts'
import type { ChannelBook, ChannelRecord, ChannelRole } from './record.ts'

// A DUPLEX channel is two directions of payments that back one another. Each is seen as a SIMPLEX channel: what its payer may promise is
// its own deposit and what it was promised itself. All rules of payments are written for that view.

export const isDuplex = ({ back }: ChannelRecord): boolean => back !== null

/** The role this side has in the other direction. */
export const otherRole = (role: ChannelRole): ChannelRole => (role === 'payer' ? 'payee' : 'payer')

/** Whether payments of this view are partyA's; always so in SIMPLEX. */
export const isPaidByA = ({ role, peer, params }: ChannelRecord): boolean =>
  (role === 'payer') === (peer === params.partyB)

/** One direction of a channel. */
export const viewOf = (channel: ChannelRecord, isBack: boolean): ChannelRecord => {
  const { back } = channel
  if (back === null) return channel
  const backSent = back.promise?.message.sent ?? 0n
  if (!isBack) return { ...channel, deposit: channel.deposit + backSent }
  return {
    ...channel,
    ...back,
    role: otherRole(channel.role),
    deposit: back.deposit + sentOf(channel),
  }
}

/** The channel after something happened in one direction: what belongs to both, and that direction's promise and sums. */
const withView = (channel: ChannelRecord, view: ChannelRecord, isBack: boolean): ChannelRecord => {
  const { back } = channel
  if (back === null) return view
  const { promise, paidTotal, refundedTotal, freeze, recalled } = view
  const both = { freeze, ...(recalled && { recalled }) }
  const sums = { promise, paidTotal, refundedTotal }
  return isBack
    ? { ...channel, ...both, back: { ...back, ...sums } }
    : { ...channel, ...both, ...sums }
}

/** Whether this side pays in the back direction; null where it does not pay at all. */
export const paysBack = ({ role, back }: ChannelRecord): boolean | null => {
  if (role === 'payer') return false
  return back === null ? null : true
}

/** Whether this side is paid in the back direction; null where it is not paid at all. */
export const isPaidBack = ({ role, back }: ChannelRecord): boolean | null => {
  if (role === 'payee') return false
  return back === null ? null : true
}

/** One direction of a channel with the deals that run in it. */
export const bookView = ({ channel, deals }: ChannelBook, isBack: boolean): ChannelBook => {
  if (channel.back === null) return { channel, deals }
  const own = [...deals].filter(([, deal]) => deal.isBack === isBack)
  return { channel: viewOf(channel, isBack), deals: new Map(own) }
}

/** Decides in one direction, and puts the outcome back into the whole. */
export const within = <Made extends { channel: ChannelRecord }>(
  book: ChannelBook,
  isBack: boolean,
  decide: (view: ChannelBook) => Made | ChannelFault,
): Made | ChannelFault => {
  const view = bookView(book, isBack)
  const made = decide(view)
  if (typeof made === 'string' || book.channel.back === null) return made
  const isUnchanged = made.channel === view.channel
  const channel = isUnchanged ? book.channel : withView(book.channel, made.channel, isBack)
  return { ...made, channel }
}

/** The direction in which this side pays; null where it only is paid. */
export const outgoing = (book: ChannelBook): ChannelBook | null => {
  const isBack = paysBack(book.channel)
  return isBack === null ? null : bookView(book, isBack)
}

/** The direction in which this side is paid; null where it only pays. */
export const incoming = (channel: ChannelRecord): ChannelRecord | null => {
  const isBack = isPaidBack(channel)
  return isBack === null ? null : viewOf(channel, isBack)
}

/** What this side itself put in. */
export const ownDepositOf = ({ role, deposit, back }: ChannelRecord): Amount => {
  if (role === 'payer') return deposit
  return back?.deposit ?? 0n
}

/** What the contract holds for the channel. */
export const heldOf = ({ deposit, claimed, back }: ChannelRecord): Amount =>
  deposit - claimed + (back?.deposit ?? 0n)

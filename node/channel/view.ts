import {
  type ChannelBook,
  claimableOf,
  creditOf,
  type DealRecord,
  freeOf,
  isDuplex,
  outgoing,
  reservedOf,
  sentOf,
} from '../../protocols/channel/index.ts'
import type { Address, Hash, UnixSeconds } from '../../protocols/common/index.ts'

/** A channel as it is shown. JSON-safe: amounts in atomic units as decimal strings. */
export type ChannelView = {
  channelId: Hash
  role: 'payer' | 'payee'
  mode: 'simplex' | 'duplex'
  epoch: number
  peer: Address
  /** Its owner wants it closed. */
  isLeaving: boolean
  phase: 'proposed' | 'accepted' | 'opening' | 'open' | 'closing' | 'closed'
  /** Why no money moves over it; null when it may. */
  frozen: string | null
  /** PartyA's deposit and promises: the payer's, in DUPLEX those of the side that proposed the channel. */
  deposit: string
  sent: string
  /** DUPLEX: partyB's. */
  depositB: string
  sentB: string
  claimed: string
  reserved: string
  credit: string
  /** What a new deal could cost. */
  free: string
  /** What the payee could take out now. */
  unclaimed: string
  deals: number
  /** Payments and refunds that the other side has not acknowledged. */
  unheard: number
  windowSeconds: number
  /** When the window ends; 0 unless closing. */
  closeAt: UnixSeconds
  /** What the end paid each side, where the chain has told. */
  payA: string | null
  payB: string | null
}

const endOf = ({ channel: { stage } }: ChannelBook) => {
  const paid = stage.phase === 'closed' ? stage : { payA: null, payB: null }
  return { payA: paid.payA?.toString() ?? null, payB: paid.payB?.toString() ?? null }
}

const sumsOf = (book: ChannelBook) => {
  const { channel } = book
  const isLive = channel.stage.phase === 'open' || channel.stage.phase === 'closing'
  // In DUPLEX what this side may spend, in SIMPLEX what the payer may.
  const own = isDuplex(channel) ? (outgoing(book) ?? book) : book
  const unclaimed = isLive && !isDuplex(channel) ? claimableOf(channel) : 0n
  return {
    deposit: channel.deposit.toString(),
    sent: sentOf(channel).toString(),
    claimed: channel.claimed.toString(),
    depositB: (channel.back?.deposit ?? 0n).toString(),
    sentB: (channel.back?.promise?.message.sent ?? 0n).toString(),
    reserved: reservedOf(own).toString(),
    credit: creditOf(own.channel).toString(),
    free: (isLive ? freeOf(own) : 0n).toString(),
    unclaimed: unclaimed.toString(),
  }
}

const stopOf = ({ channel }: ChannelBook, isBroken: boolean): string | null => {
  const { freeze, offer, rebase } = channel
  if (isBroken) return 'STORE_UNAVAILABLE'
  if (freeze !== null) return freeze.code
  return offer === null && rebase === null ? null : 'CLOSE_OUTSTANDING'
}

const isUnheard = ({ payment, refund }: DealRecord): boolean =>
  payment?.isAcked === false || refund?.isAcked === false

export const viewOf = (book: ChannelBook, isBroken: boolean): ChannelView => {
  const { channelId, role, peer, stage, params, epoch, leaving } = book.channel
  const deals = [...book.deals.values()]
  return {
    channelId,
    role,
    mode: isDuplex(book.channel) ? 'duplex' : 'simplex',
    epoch,
    peer,
    isLeaving: leaving !== null,
    phase: stage.phase,
    frozen: stopOf(book, isBroken),
    ...sumsOf(book),
    deals: deals.filter(({ phase }) => phase === 'running').length,
    unheard: deals.filter(isUnheard).length,
    windowSeconds: params.window,
    closeAt: stage.phase === 'closing' ? stage.closeAt : 0,
    ...endOf(book),
  }
}

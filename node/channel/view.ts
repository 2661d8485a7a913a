import {
  type ChannelBook,
  claimableOf,
  creditOf,
  freeOf,
  reservedOf,
  sentOf,
} from '../../protocols/channel/index.ts'
import type { Address, Hash, UnixSeconds } from '../../protocols/common/index.ts'

/** A channel as it is shown. JSON-safe: amounts in atomic units as decimal strings. */
export type ChannelView = {
  channelId: Hash
  role: 'payer' | 'payee'
  peer: Address
  /** Its owner wants it closed. */
  isLeaving: boolean
  phase: 'proposed' | 'accepted' | 'opening' | 'open' | 'closing' | 'closed'
  /** Why no money moves over it; null when it may. */
  frozen: string | null
  deposit: string
  sent: string
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

export const viewOf = (book: ChannelBook, isBroken: boolean): ChannelView => {
  const { channel } = book
  const { channelId, role, peer, stage, params, freeze, offer } = channel
  const isLive = stage.phase === 'open' || stage.phase === 'closing'
  const deals = [...book.deals.values()]
  const stop = freeze?.code ?? (offer === null ? null : 'CLOSE_OUTSTANDING')
  return {
    channelId,
    role,
    peer,
    isLeaving: channel.leaving !== null,
    phase: stage.phase,
    frozen: isBroken ? 'STORE_UNAVAILABLE' : stop,
    deposit: channel.deposit.toString(),
    sent: sentOf(channel).toString(),
    claimed: channel.claimed.toString(),
    reserved: reservedOf(book).toString(),
    credit: creditOf(channel).toString(),
    free: (isLive ? freeOf(book) : 0n).toString(),
    unclaimed: (isLive ? claimableOf(channel) : 0n).toString(),
    deals: deals.filter(({ phase }) => phase === 'running').length,
    unheard: deals.filter(
      ({ payment, refund }) => !(payment?.isAcked ?? true) || !(refund?.isAcked ?? true),
    ).length,
    windowSeconds: params.window,
    closeAt: stage.phase === 'closing' ? stage.closeAt : 0,
    ...endOf(book),
  }
}

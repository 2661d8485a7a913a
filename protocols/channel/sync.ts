import {
  type Amount,
  type ChannelParams,
  type CoopClose,
  channelIdOf,
  type Hash,
  least,
  type Rebase,
  type Signed,
  type UnixSeconds,
} from '../common/index.ts'
import type { ChannelFault } from './faults.ts'
import { within } from './flows.ts'
import { mergeOffer, type Shown } from './offer.ts'
import { type Checks, judgePromise, promiseFault } from './promise.ts'
import { type ChannelBook, type ChannelRecord, type DealRecord, dealOf } from './record.ts'

/** What one side shows the other when they meet. `promise` is the newest of the payer's, as this side has it. */
export type SyncMessage = {
  params: ChannelParams
  channelId: Hash
  promise: Signed<'PayState'> | null
  /** DUPLEX: the newest of partyB's. */
  back: Signed<'PayState'> | null
  offer: Shown<CoopClose> | null
  rebase: Shown<Rebase> | null
  /** The chain as this side has seen it. */
  seen: SeenChain
  deals: readonly SyncDeal[]
}

/** `amountB` is what partyB claimed, in DUPLEX what it deposited. */
export type SeenChain = { epoch: number; deposit: Amount; amountB: Amount }

/** What this side has seen confirmed of a channel. */
export const seenOf = ({ epoch, deposit, claimed, back }: ChannelRecord): SeenChain => ({
  epoch,
  deposit,
  amountB: back?.deposit ?? claimed,
})

/** Whether one of the two has seen something of the chain that the other has not. */
export const sawMore = (channel: ChannelRecord, theirs: SeenChain): boolean => {
  const own = seenOf(channel)
  return theirs.epoch > own.epoch || theirs.deposit > own.deposit || theirs.amountB > own.amountB
}

export type SyncDeal = { agreementHash: Hash; paid: Amount; refunded: Amount }

/** Most deals one Sync lists. */
export const MAX_SYNC_DEALS = 256

/** Everything the other side may have forgotten, or not heard. */
export const syncOf = ({ channel, deals }: ChannelBook): SyncMessage => ({
  params: channel.params,
  channelId: channel.channelId,
  promise: channel.promise,
  back: channel.back?.promise ?? null,
  offer: channel.offer,
  rebase: channel.rebase,
  seen: seenOf(channel),
  deals: [...deals.values()]
    .slice(0, MAX_SYNC_DEALS)
    .flatMap(({ agreementHash, paid, refunded }) =>
      agreementHash === null ? [] : { agreementHash, paid, refunded },
    ),
})

/** The next state, and by their keys the deals whose payment or refund the other side has yet to hear of. */
export type SyncOutcome = {
  channel: ChannelRecord
  deals: readonly DealRecord[]
  payments: readonly string[]
  refunds: readonly string[]
}

/** A channel with money in doubt: the other side holds more of this side's promises than its own memory does. */
const restore = (
  book: ChannelBook,
  { promise, deals }: SyncMessage & { promise: Signed<'PayState'> },
  since: UnixSeconds,
): Pick<SyncOutcome, 'channel' | 'deals'> => {
  const { channel } = book
  const known = deals.flatMap(({ agreementHash, paid }) => {
    const deal = dealOf(book, agreementHash)
    if (deal === undefined || paid <= deal.paid) return []
    return { ...deal, paid: least(paid, deal.amount), payment: null }
  })
  const recalled = deals.flatMap(({ agreementHash, paid }) =>
    paid > 0n && dealOf(book, agreementHash) === undefined ? { agreementHash, paid } : [],
  )
  // Which of its refunds were consumed is forgotten too: none is counted on.
  const { sent } = promise.message
  return {
    channel: {
      ...channel,
      promise,
      paidTotal: sent + channel.refundedTotal,
      freeze: channel.freeze ?? { code: 'STALE_RESTORE', since },
      ...(recalled.length > 0 && { recalled }),
    },
    deals: known,
  }
}

const isForgotten = (channel: ChannelRecord, shown: Signed<'PayState'>): boolean => {
  const { promise } = channel
  if (promise === null || shown.message.sent > promise.message.sent) return true
  // Two promises of one amount: the later was signed without knowing the earlier.
  return shown.message.sent === promise.message.sent && isOther(promise, shown)
}

const isOther = (a: Signed<'PayState'>, b: Signed<'PayState'>): boolean =>
  a.message.memo !== b.message.memo

type SyncChecks = Checks & { now: UnixSeconds }
type Met = Pick<SyncOutcome, 'channel' | 'deals' | 'payments' | 'refunds'>

const payerSync = (
  book: ChannelBook,
  theirs: SyncMessage,
  checks: SyncChecks,
): Pick<SyncOutcome, 'channel' | 'deals'> | ChannelFault => {
  const { channel } = book
  const { promise } = theirs
  if (promise === null) return { channel, deals: [] }
  const fault = promiseFault(channel, promise, checks)
  if (fault !== null) return fault
  if (!isForgotten(channel, promise)) return { channel, deals: [] }
  return restore(book, { ...theirs, promise }, checks.now)
}

const payeeSync = (
  { channel }: ChannelBook,
  { promise }: SyncMessage,
  checks: SyncChecks,
): Pick<SyncOutcome, 'channel' | 'deals'> | ChannelFault => {
  if (promise === null) return { channel, deals: [] }
  // A freeze stops what this side signs and serves; what it is owed it takes at a meeting all the same.
  const verdict = judgePromise({ ...channel, freeze: null }, promise, checks)
  if (verdict.action === 'reject') return verdict.code
  return { channel: verdict.action === 'accept' ? { ...channel, promise } : channel, deals: [] }
}

// Told and heard, and, where the other side lists the deal, remembered too.
const isKnown = (told: { isAcked: boolean; amount: Amount }, theirs: Amount | undefined) =>
  told.isAcked && (theirs === undefined || theirs >= told.amount)

const toResend = (
  { channel, deals }: ChannelBook,
  { deals: shown }: SyncMessage,
): Pick<SyncOutcome, 'payments' | 'refunds'> => {
  const theirs = new Map<Hash | null, SyncDeal>(shown.map((deal) => [deal.agreementHash, deal]))
  const paidUnknown = ({ agreementHash, payment }: DealRecord) =>
    channel.role === 'payer' &&
    payment !== null &&
    !isKnown({ ...payment, amount: payment.paid }, theirs.get(agreementHash)?.paid)
  const refundUnknown = ({ agreementHash, refund, refunded }: DealRecord) =>
    refund !== null &&
    !isKnown({ ...refund, amount: refunded }, theirs.get(agreementHash)?.refunded)
  const keys = (isMissing: (deal: DealRecord) => boolean) =>
    [...deals.values()].filter(isMissing).map(({ key }) => key)
  return { payments: keys(paidUnknown), refunds: keys(refundUnknown) }
}

const conflict = (channel: ChannelRecord, since: UnixSeconds): SyncOutcome => ({
  channel: { ...channel, freeze: channel.freeze ?? { code: 'PARAMS_CONFLICT', since } },
  deals: [],
  payments: [],
  refunds: [],
})

/** One direction of the channel, seen as a SIMPLEX channel. */
const meetIn = (book: ChannelBook, theirs: SyncMessage, checks: SyncChecks): Met | ChannelFault => {
  const met = book.channel.role === 'payer' ? payerSync : payeeSync
  const outcome = met(book, theirs, checks)
  if (typeof outcome === 'string') return outcome
  const deals = new Map(book.deals)
  for (const deal of outcome.deals) deals.set(deal.key, deal)
  return { ...outcome, ...toResend({ channel: outcome.channel, deals }, theirs) }
}

const meetBoth = (
  book: ChannelBook,
  theirs: SyncMessage,
  checks: SyncChecks,
): Met | ChannelFault => {
  const forth = within(book, false, (view) => meetIn(view, theirs, checks))
  if (typeof forth === 'string' || book.channel.back === null) return forth
  const half = { ...book, channel: forth.channel }
  const shown = { ...theirs, promise: theirs.back }
  const back = within(half, true, (view) => meetIn(view, shown, checks))
  if (typeof back === 'string') return back
  return {
    channel: back.channel,
    deals: [...forth.deals, ...back.deals],
    payments: [...forth.payments, ...back.payments],
    refunds: [...forth.refunds, ...back.refunds],
  }
}

const withOffers = (channel: ChannelRecord, theirs: SyncMessage, checks: Checks): ChannelRecord => {
  const closing = { name: 'CoopClose', known: channel.offer, shown: theirs.offer } as const
  const rebasing = { name: 'Rebase', known: channel.rebase, shown: theirs.rebase } as const
  const offer = mergeOffer(channel, closing, checks)
  const rebase = channel.back === null ? null : mergeOffer(channel, rebasing, checks)
  const isUnchanged = offer === channel.offer && rebase === channel.rebase
  return isUnchanged ? channel : { ...channel, offer, rebase }
}

/** Compares what the other side shows with this side's memory: adopt what is newer and signed, send back what is missing. */
export const reconcile = (
  book: ChannelBook,
  theirs: SyncMessage,
  checks: SyncChecks,
): SyncOutcome | ChannelFault => {
  if (theirs.channelId !== book.channel.channelId) return 'CHANNEL_UNKNOWN'
  if (channelIdOf(theirs.params) !== theirs.channelId) return conflict(book.channel, checks.now)
  const met = meetBoth(book, theirs, checks)
  if (typeof met === 'string') return met
  return { ...met, channel: withOffers(met.channel, theirs, checks) }
}

/** The payer's side of a channel it has wholly forgotten, from what the payee shows: all that it promised counts as earned. */
export const recall = (
  forgotten: ChannelRecord,
  promise: Signed<'PayState'>,
  since: UnixSeconds,
): ChannelRecord => ({
  ...forgotten,
  stage: { phase: 'accepted' },
  promise,
  paidTotal: promise.message.sent,
  freeze: { code: 'STALE_RESTORE', since },
})

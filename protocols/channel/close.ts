import {
  type Amount,
  accept,
  type CoopClose,
  ignore,
  type Rebase,
  reject,
  type UnixSeconds,
  type Verdict,
} from '../common/index.ts'
import { closeAmountsOf, reservedOf } from './amounts.ts'
import type { ChannelFault } from './faults.ts'
import { heldOf, isDuplex } from './flows.ts'
import { MAX_CLOSE_SECONDS } from './offer.ts'
import { type ChannelBook, type ChannelRecord, isAtRest } from './record.ts'

const isFunding = ({ stage }: ChannelRecord): boolean =>
  stage.phase === 'open' && stage.funding !== null

/** Why this side signs no close now; null when it may. */
export const closeStop = (book: ChannelBook): ChannelFault | null => {
  const { stage, freeze, rebase } = book.channel
  if (stage.phase === 'closed') return 'CHANNEL_CLOSING'
  if (stage.phase !== 'open' && stage.phase !== 'closing') return 'CHANNEL_UNCONFIRMED'
  if (freeze !== null) return 'CHANNEL_FROZEN'
  if (isFunding(book.channel)) return 'CHANNEL_BUSY'
  if (reservedOf(book) > 0n) return 'CHANNEL_BUSY'
  return rebase === null ? null : 'CLOSE_OUTSTANDING'
}

/** The terms this side asks for. */
export const closeTermsOf = (channel: ChannelRecord, validUntil: UnixSeconds): CoopClose => ({
  channelId: channel.channelId,
  epoch: channel.epoch,
  ...closeAmountsOf(channel),
  validUntil,
})

type Shares = { forA: Amount; forB: Amount }

// All that is held, and no less for this side than it is owed.
const addsUp = (channel: ChannelRecord, { forA, forB }: Shares): boolean => {
  if (forA + forB !== heldOf(channel)) return false
  const own = closeAmountsOf(channel)
  return channel.role === 'payee' ? forB >= own.payB : forA >= own.payA
}

const judgeTerms = (
  channel: ChannelRecord,
  terms: Pick<CoopClose, 'channelId' | 'epoch' | 'validUntil'>,
  { now, shares }: { now: UnixSeconds; shares: Shares },
): Verdict<ChannelFault> => {
  if (terms.channelId !== channel.channelId) return reject('CHANNEL_UNKNOWN')
  if (terms.validUntil > now + MAX_CLOSE_SECONDS) return reject('CLOSE_TIME')
  if (terms.validUntil <= now) return ignore('CLOSE_TIME')
  if (terms.epoch !== channel.epoch || !addsUp(channel, shares)) return ignore('CLOSE_REFUSED')
  return accept
}

/** Whether to sign closing terms, asked for by the other side or about to be carried to the chain. `now` is the chain's time. */
export const judgeClose = (
  book: ChannelBook,
  terms: CoopClose,
  now: UnixSeconds,
): Verdict<ChannelFault> => {
  const stop = closeStop(book)
  if (stop !== null) return ignore(stop)
  const shares = { forA: terms.payA, forB: terms.payB }
  return judgeTerms(book.channel, terms, { now, shares })
}

/** Why this side signs no rebase now; null when it may. What the other side has not heard of yet would be void. */
export const rebaseStop = (book: ChannelBook): ChannelFault | null => {
  const { channel, deals } = book
  if (!isDuplex(channel)) return 'WRONG_ROLE'
  if (channel.stage.phase === 'closing') return 'CHANNEL_CLOSING'
  if (channel.offer !== null) return 'CLOSE_OUTSTANDING'
  if ([...deals.values()].some((deal) => !isAtRest(deal))) return 'CHANNEL_BUSY'
  return closeStop(book)
}

/** What leaves a DUPLEX channel to each side, in atomic units. */
export type Withdrawal = { outA: Amount; outB: Amount }

/** Terms that settle what was promised so far, take money out, and let the channel go on; null where a side has less. */
export const rebaseTermsOf = (
  channel: ChannelRecord,
  { outA, outB }: Withdrawal,
  validUntil: UnixSeconds,
): Rebase | null => {
  const { payA, payB } = closeAmountsOf(channel)
  if (outA < 0n || outB < 0n || outA > payA || outB > payB) return null
  const { channelId, epoch } = channel
  return { channelId, epoch, newDepA: payA - outA, newDepB: payB - outB, outA, outB, validUntil }
}

/** Whether to sign a rebase, like judgeClose. */
export const judgeRebase = (
  book: ChannelBook,
  terms: Rebase,
  now: UnixSeconds,
): Verdict<ChannelFault> => {
  const stop = rebaseStop(book)
  if (stop !== null) return ignore(stop)
  const shares = { forA: terms.newDepA + terms.outA, forB: terms.newDepB + terms.outB }
  return judgeTerms(book.channel, terms, { now, shares })
}

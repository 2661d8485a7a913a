import type { Amount, UnixSeconds } from '../common/index.ts'
import { claimableOf, earnedOf, neededOf, openingAmountOf, sentOf, topUpOf } from './amounts.ts'
import type { ChannelFault } from './faults.ts'
import { incoming, outgoing, ownDepositOf } from './flows.ts'
import { hasLapsed, isWhole } from './offer.ts'
import { moneyStop } from './promise.ts'
import {
  type ChannelBook,
  type ChannelRecord,
  type ChannelStage,
  type CloseOffer,
  emptyFlow,
  type RebaseOffer,
} from './record.ts'

/** A channel as the chain has it, confirmed. */
export type ChainView = {
  status: 'none' | 'open' | 'closing' | 'closed'
  deposit: Amount
  claimed: Amount
  epoch: number
  closeAt: UnixSeconds
}

const openStage = (channel: ChannelRecord, view: ChainView): ChannelStage => {
  const { stage } = channel
  if (stage.phase !== 'open') return { phase: 'open', funding: null }
  const own = ownDepositOf(withDeposits(channel, view))
  const isFunded = stage.funding !== null && own >= stage.funding.target
  return isFunded ? { phase: 'open', funding: null } : stage
}

// In DUPLEX the contract keeps partyB's deposit where SIMPLEX has what partyB claimed.
const withDeposits = (channel: ChannelRecord, { deposit, claimed }: ChainView): ChannelRecord =>
  channel.back === null
    ? { ...channel, deposit, claimed }
    : { ...channel, deposit, back: { ...channel.back, deposit: claimed } }

// A rebase was mined: every promise so far is void, and settled.
const inEpoch = (channel: ChannelRecord, epoch: number): ChannelRecord => {
  const { back } = channel
  if (back === null || epoch === channel.epoch) return { ...channel, epoch }
  return {
    ...channel,
    ...emptyFlow(channel.deposit),
    back: emptyFlow(back.deposit),
    epoch,
    offer: null,
    rebase: null,
  }
}

const closingStage = ({ stage }: ChannelRecord, { closeAt }: ChainView): ChannelStage => ({
  phase: 'closing',
  closeAt,
  responded: stage.phase === 'closing' ? stage.responded : 0n,
})

// A deposit that a reorganisation took back is no deposit.
const absentStage = ({ stage, role }: ChannelRecord): ChannelStage =>
  stage.phase === 'open' && role === 'payee' ? { phase: 'accepted' } : stage

/** The record of a channel that has paid out, as far as is known how much to whom. */
export const closedWith = (
  channel: ChannelRecord,
  { payA, payB }: { payA: Amount | null; payB: Amount | null },
): ChannelRecord => ({
  ...channel,
  offer: null,
  rebase: null,
  leaving: null,
  unclaimedSince: null,
  stage: { phase: 'closed', payA, payB },
})

/** The record after a look at the chain at the time `now`; the same object when nothing has changed. */
export const observeChain = (
  channel: ChannelRecord,
  view: ChainView,
  now: UnixSeconds,
): ChannelRecord => stampUnclaimed(admitForgotten(takeView(channel, view), now), now)

const takeView = (channel: ChannelRecord, view: ChainView): ChannelRecord => {
  const { stage } = channel
  if (stage.phase === 'closed') return channel
  if (view.status === 'closed') {
    return closedWith(channel, { payA: null, payB: null })
  }
  if (view.status === 'none') {
    const absent = absentStage(channel)
    return absent === stage ? channel : { ...channel, deposit: 0n, stage: absent }
  }
  const next = {
    ...inEpoch(withDeposits(channel, view), view.epoch),
    stage: view.status === 'open' ? openStage(channel, view) : closingStage(channel, view),
  }
  return isSame(channel, next) ? channel : next
}

const isSame = (a: ChannelRecord, b: ChannelRecord): boolean =>
  a.deposit === b.deposit &&
  a.claimed === b.claimed &&
  a.back?.deposit === b.back?.deposit &&
  a.epoch === b.epoch &&
  isSameStage(a.stage, b.stage)

const isSameStage = (a: ChannelStage, b: ChannelStage): boolean => {
  if (a.phase === 'open' && b.phase === 'open') return a.funding === b.funding
  if (a.phase === 'closing' && b.phase === 'closing') return a.closeAt === b.closeAt
  return false
}

/**
 * Payer: more was claimed than this side remembers to have promised, so its memory is older than the chain. What was claimed counts
 * as earned, and nothing is signed until the operator has looked.
 */
const admitForgotten = (channel: ChannelRecord, since: UnixSeconds): ChannelRecord => {
  const { role, claimed, promise, refundedTotal, freeze } = channel
  if (role !== 'payer' || claimed <= (promise?.message.sent ?? 0n)) return channel
  if (earnedOf(channel) >= claimed) return channel
  return {
    ...channel,
    paidTotal: claimed + refundedTotal,
    freeze: freeze ?? { code: 'STALE_RESTORE', since },
  }
}

/** Payee: notes since when something waits to be claimed. */
export const stampUnclaimed = (channel: ChannelRecord, now: UnixSeconds): ChannelRecord => {
  const isSimplex = channel.back === null
  const isOwed = isSimplex && channel.role === 'payee' && claimableOf(channel) > 0n
  if (isOwed === (channel.unclaimedSince !== null)) return channel
  return { ...channel, unclaimedSince: isOwed ? now : null }
}

/** What makes the deposit cover all that is reserved. */
export type FundingStep =
  | { type: 'ready' }
  | { type: 'open'; amount: Amount }
  | { type: 'fund'; amount: Amount; target: Amount }

/** The next step towards a sufficient deposit; one already handed to settlement comes first, unchanged. */
export const fundingStep = (whole: ChannelBook, step: Amount): FundingStep | ChannelFault => {
  const book = outgoing(whole)
  if (book === null) return 'WRONG_ROLE'
  const { stage, deposit, freeze } = book.channel
  if (freeze !== null) return 'CHANNEL_FROZEN'
  if (stage.phase === 'opening') return { type: 'open', amount: stage.amount }
  if (stage.phase === 'accepted') return { type: 'open', amount: openingAmountOf(book, step) }
  if (stage.phase === 'open' && stage.funding !== null) return { type: 'fund', ...stage.funding }
  const stop = moneyStop(book.channel)
  if (stop !== null) return stop
  const shortfall = neededOf(book) - deposit
  if (shortfall <= 0n) return { type: 'ready' }
  const amount = topUpOf(shortfall, step)
  return { type: 'fund', amount, target: ownDepositOf(whole.channel) + amount }
}

/** What a channel asks of its owner without being told, at the chain's time `now`. */
export type ChainDuty =
  | 'respond'
  | 'settle'
  | 'submit-close'
  | 'forget-close'
  | 'submit-rebase'
  | 'forget-rebase'
  | 'leave'
  | 'resume-funding'

export type DutyTimes = {
  now: UnixSeconds
  /** Seconds past validUntil after which a signed close is taken for void. */
  marginSeconds: number
  /** Seconds the payee leaves the payer to settle first. */
  graceSeconds: number
}

const closingDuty = (channel: ChannelRecord, times: DutyTimes): ChainDuty | null => {
  const { stage, role } = channel
  if (stage.phase !== 'closing') return null
  if (times.now >= stage.closeAt) {
    const isDue = role === 'payer' || times.now >= stage.closeAt + times.graceSeconds
    return isDue ? 'settle' : null
  }
  const paid = incoming(channel)
  if (paid === null || claimableOf(paid) === 0n) return null
  return sentOf(paid) > stage.responded ? 'respond' : null
}

type Deeds = { submit: ChainDuty; forget: ChainDuty }

const offerDuty = (
  offer: CloseOffer | RebaseOffer,
  { submit, forget }: Deeds,
  times: DutyTimes,
): ChainDuty | null => {
  if (hasLapsed(offer, times)) return forget
  return isWhole(offer) && offer.isAsked && times.now < offer.terms.validUntil ? submit : null
}

const CLOSE: Deeds = { submit: 'submit-close', forget: 'forget-close' }
const REBASE: Deeds = { submit: 'submit-rebase', forget: 'forget-rebase' }

const agreedDuty = ({ offer, rebase }: ChannelRecord, times: DutyTimes): ChainDuty | null => {
  const closing = offer && offerDuty(offer, CLOSE, times)
  return closing ?? (rebase && offerDuty(rebase, REBASE, times))
}

/** Fulfilled first come first: an answer within the window, then what is already signed, then what was begun. */
export const dutyOf = (channel: ChannelRecord, times: DutyTimes): ChainDuty | null => {
  const { offer, rebase, stage } = channel
  if (stage.phase === 'closed') return null
  const closing = closingDuty(channel, times)
  if (closing !== null) return closing
  if (offer !== null || rebase !== null) return agreedDuty(channel, times)
  if (channel.leaving !== null && stage.phase === 'open') return 'leave'
  const isFunding = stage.phase === 'opening' || (stage.phase === 'open' && stage.funding !== null)
  return isFunding ? 'resume-funding' : null
}

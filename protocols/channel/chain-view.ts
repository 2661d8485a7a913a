import type { Amount, UnixSeconds } from '../common/index.ts'
import { claimableOf, earnedOf, neededOf, openingAmountOf, sentOf, topUpOf } from './amounts.ts'
import { hasLapsed } from './close.ts'
import type { ChannelFault } from './faults.ts'
import { moneyStop } from './promise.ts'
import type { ChannelBook, ChannelRecord, ChannelStage, CloseOffer } from './record.ts'

/** A channel as the chain has it, confirmed. */
export type ChainView = {
  status: 'none' | 'open' | 'closing' | 'closed'
  deposit: Amount
  claimed: Amount
  epoch: number
  closeAt: UnixSeconds
}

const openStage = ({ stage }: ChannelRecord, { deposit }: ChainView): ChannelStage => {
  if (stage.phase !== 'open') return { phase: 'open', funding: null }
  const isFunded = stage.funding !== null && deposit >= stage.funding.target
  return isFunded ? { phase: 'open', funding: null } : stage
}

const closingStage = ({ stage }: ChannelRecord, { closeAt }: ChainView): ChannelStage => ({
  phase: 'closing',
  closeAt,
  responded: stage.phase === 'closing' ? stage.responded : 0n,
})

// A deposit that a reorganisation took back is no deposit.
const absentStage = ({ stage, role }: ChannelRecord): ChannelStage =>
  stage.phase === 'open' && role === 'payee' ? { phase: 'accepted' } : stage

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
    const stage = { phase: 'closed', payA: null, payB: null } as const
    return { ...channel, offer: null, leaving: null, unclaimedSince: null, stage }
  }
  if (view.status === 'none') {
    const absent = absentStage(channel)
    return absent === stage ? channel : { ...channel, deposit: 0n, stage: absent }
  }
  const next = {
    ...channel,
    deposit: view.deposit,
    claimed: view.claimed,
    epoch: view.epoch,
    stage: view.status === 'open' ? openStage(channel, view) : closingStage(channel, view),
  }
  return isSame(channel, next) ? channel : next
}

const isSame = (a: ChannelRecord, b: ChannelRecord): boolean =>
  a.deposit === b.deposit &&
  a.claimed === b.claimed &&
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
  const isOwed = channel.role === 'payee' && claimableOf(channel) > 0n
  if (isOwed === (channel.unclaimedSince !== null)) return channel
  return { ...channel, unclaimedSince: isOwed ? now : null }
}

/** What makes the deposit cover all that is reserved. */
export type FundingStep =
  | { type: 'ready' }
  | { type: 'open'; amount: Amount }
  | { type: 'fund'; amount: Amount; target: Amount }

/** The payer's next step towards a sufficient deposit; one already handed to settlement comes first, unchanged. */
export const fundingStep = (book: ChannelBook, step: Amount): FundingStep | ChannelFault => {
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
  return { type: 'fund', amount, target: deposit + amount }
}

/** What a channel asks of its owner without being told, at the chain's time `now`. */
export type ChainDuty =
  | 'respond'
  | 'settle'
  | 'submit-close'
  | 'forget-close'
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
  const isOwed = role === 'payee' && claimableOf(channel) > 0n
  return isOwed && sentOf(channel) > stage.responded ? 'respond' : null
}

const offerDuty = (offer: CloseOffer, times: DutyTimes): ChainDuty | null => {
  if (hasLapsed(offer, times)) return 'forget-close'
  const isSigned = offer.signatureA !== null && offer.signatureB !== null
  return isSigned && offer.isAsked && times.now < offer.terms.validUntil ? 'submit-close' : null
}

/** Fulfilled first come first: an answer within the window, then what is already signed, then what was begun. */
export const dutyOf = (channel: ChannelRecord, times: DutyTimes): ChainDuty | null => {
  const { offer, stage } = channel
  const closing = closingDuty(channel, times)
  if (closing !== null) return closing
  if (offer !== null && stage.phase !== 'closed') return offerDuty(offer, times)
  if (channel.leaving !== null && stage.phase === 'open') return 'leave'
  const isFunding = stage.phase === 'opening' || (stage.phase === 'open' && stage.funding !== null)
  return isFunding ? 'resume-funding' : null
}

import {
  type ChannelBook,
  type ChannelFault,
  claimableOf,
  closeStop,
  closeTermsOf,
  incoming,
} from '../../protocols/channel/index.ts'
import { faultCode, type Hash } from '../../protocols/common/index.ts'
import type { CallTerms, ChainCall } from '../ports/index.ts'
import { agree, closing } from './agreeing.ts'
import { countFailure, refresh } from './chain-look.ts'
import { type Desk, isFault, isReverted } from './desk.ts'
import type { Change } from './disk.ts'
import { isRemote, refuse } from './refuse.ts'

export const bookOf = (desk: Desk, channelId: Hash): ChannelBook => {
  const book = desk.shelf.find(channelId)
  if (book === undefined) throw refuse('CHANNEL_UNKNOWN', { channelId })
  return book
}

type Errand = { channelId: Hash; name: string; call: ChainCall; terms?: CallTerms }

/** Hands a call to settlement under a name of its own and then looks at what it changed. */
export const carry = async (
  desk: Desk,
  { channelId, name, call, terms }: Errand,
): Promise<void> => {
  const { failedCalls } = bookOf(desk, channelId).channel
  try {
    await desk.submit(`channel-${name}:${channelId}:${failedCalls}`, call, terms)
  } catch (error) {
    if (isReverted(error)) await countFailure(desk, channelId)
    await refresh(desk, channelId).catch(() => {})
    throw error
  }
  await refresh(desk, channelId)
}

/** Carries a close with both signatures to the chain. */
export const submitClose = async (desk: Desk, channelId: Hash): Promise<void> => {
  const { params, offer } = bookOf(desk, channelId).channel
  if (offer === null || offer.signatureA === null || offer.signatureB === null) return
  const { terms, signatureA, signatureB } = offer
  const call: ChainCall = { type: 'coop-close', params, close: { terms, signatureA, signatureB } }
  await carry(desk, { channelId, name: `coop-close:${terms.validUntil}`, call })
}

// Ends that only this side's operator can judge; every other refusal leaves the decision to the chain.
const isOurMatter = (error: unknown): boolean =>
  isFault(error, 'CHANNEL_BUSY') ||
  (isFault(error, 'STORE_UNAVAILABLE', 'CHANNEL_FROZEN') && !isRemote(error))

const tryTogether = async (desk: Desk, channelId: Hash): Promise<void> => {
  try {
    const now = await desk.chainTime()
    const { channel } = bookOf(desk, channelId)
    if (!channel.offer?.isAsked) {
      const terms = closeTermsOf(channel, now + desk.options.closeValidSeconds)
      await agree(desk, closing, { channel, terms, now })
    }
    await submitClose(desk, channelId)
  } catch (error) {
    if (isOurMatter(error)) throw error
    desk.deps.log.info({ channelId, code: faultCode(error) }, 'channel is not closed together')
  }
}

const startClose = async (desk: Desk, channelId: Hash): Promise<void> => {
  const { channel } = bookOf(desk, channelId)
  const { params } = channel
  const paid = incoming(channel)
  const promise = paid !== null && claimableOf(paid) > 0n ? paid.promise : null
  const call: ChainCall = { type: 'start-close', params, promise }
  await carry(desk, { channelId, name: 'start-close', call })
  if (promise !== null) await noteResponse(desk, channelId, promise.message.sent)
}

const noteResponse = (desk: Desk, channelId: Hash, responded: bigint): Promise<void> =>
  desk.shelf.change(channelId, ({ channel }) =>
    channel.stage.phase === 'closing'
      ? { channel: { ...channel, stage: { ...channel.stage, responded } }, value: undefined }
      : { value: undefined },
  )

/** Payee: answers a close before half of its window is over, with the best promise it has. */
export const respond = async (desk: Desk, channelId: Hash): Promise<void> => {
  const { channel } = bookOf(desk, channelId)
  const { params, stage } = channel
  const promise = incoming(channel)?.promise ?? null
  if (promise === null || stage.phase !== 'closing') return
  const { sent, fromA } = promise.message
  // A tower may have been faster.
  const recorded = await desk.deps.chain.promised(channelId)
  if ((fromA ? recorded.fromA : recorded.fromB) < sent) {
    const half = stage.closeAt - Math.floor(params.window / 2)
    const isLate = (await desk.chainTime()) >= half
    const terms = { deadline: isLate ? stage.closeAt : half, urgency: 'urgent' } as const
    const call: ChainCall = { type: 'respond', claim: { params, promise } }
    await carry(desk, { channelId, name: `respond:${sent}`, call, terms })
  }
  await noteResponse(desk, channelId, sent)
}

/** Pays both sides once the window is over. */
export const settle = (desk: Desk, channelId: Hash): Promise<void> => {
  const { params } = bookOf(desk, channelId).channel
  const call: ChainCall = { type: 'settle-channel', params }
  return carry(desk, { channelId, name: 'settle', call })
}

const abandon = (desk: Desk, channelId: Hash): Promise<void> =>
  desk.shelf.change(channelId, ({ channel }) => ({
    channel: { ...channel, stage: { phase: 'closed', payA: 0n, payB: 0n } },
    value: undefined,
  }))

export type CloseOptions = {
  /** Close alone even while deals run or the channel is frozen. */
  force?: boolean
}

// Many windows that end together would be many answers and payouts wanted at once, on a chain that may be full by then.
const mayStart = ({ shelf, options }: Desk): boolean => {
  const closing = shelf.books().filter(({ channel }) => channel.stage.phase === 'closing')
  return closing.length < options.closesAtOnce
}

const closeNow = async (desk: Desk, channelId: Hash, isForced: boolean): Promise<void> => {
  await refresh(desk, channelId)
  const isLive = bookOf(desk, channelId).channel.stage.phase !== 'closed'
  if (isLive && !isForced) await tryTogether(desk, channelId)
  const { stage, leaving } = bookOf(desk, channelId).channel
  if (stage.phase === 'open' && leaving !== null && mayStart(desk)) {
    await startClose(desk, channelId)
  }
}

const noteLeaving = (desk: Desk, channelId: Hash, isForced: boolean): Promise<void> => {
  const since = desk.deps.clock.now()
  return desk.shelf.change(channelId, (book): Change<void> | ChannelFault => {
    const stop = closeStop(book)
    if (stop !== null && !isForced) return stop
    return { channel: { ...book.channel, leaving: { isForced, since } }, value: undefined }
  })
}

/** Goes on with a close that its owner has asked for. */
export const leave = (desk: Desk, channelId: Hash): Promise<void> =>
  desk.onChain(channelId, async () => {
    const { leaving } = bookOf(desk, channelId).channel
    if (leaving !== null) await closeNow(desk, channelId, leaving.isForced)
  })

/**
 * Closes together with the other side where it answers and agrees, else alone: then the window begins, now or when fewer others are
 * closing. Durable: a restart goes on with it.
 */
export const close = (
  desk: Desk,
  channelId: Hash,
  { force = false }: CloseOptions = {},
): Promise<void> => {
  bookOf(desk, channelId)
  return desk.onChain(channelId, async () => {
    await refresh(desk, channelId)
    const { channel, deals } = bookOf(desk, channelId)
    const { phase } = channel.stage
    if (phase === 'closed') return
    const isUnfunded = phase === 'proposed' || phase === 'accepted'
    if (isUnfunded && deals.size === 0) return abandon(desk, channelId)
    await noteLeaving(desk, channelId, force)
    await closeNow(desk, channelId, force)
  })
}

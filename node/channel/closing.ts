import {
  answeredOffer,
  askedOffer,
  type ChannelBook,
  type ChannelFault,
  claimableOf,
  closeAnswerFromWire,
  closeAnswerToWire,
  closeFromWire,
  closeStop,
  closeTermsOf,
  closeToWire,
  isClosedBy,
  judgeClose,
} from '../../protocols/channel/index.ts'
import type {
  CborValue,
  CoopClose,
  Hash,
  Signature,
  UnixSeconds,
} from '../../protocols/common/index.ts'
import { faultCode } from '../../protocols/common/index.ts'
import type { CallTerms, ChainCall, Remote } from '../ports/index.ts'
import { countFailure, refresh } from './chain-look.ts'
import { type Desk, isFault, isReverted, wellFormed } from './desk.ts'
import type { Change } from './disk.ts'
import { bookWith } from './meeting.ts'
import { isRemote, refuse } from './refuse.ts'

const bookOf = (desk: Desk, channelId: Hash): ChannelBook => {
  const book = desk.shelf.find(channelId)
  if (book === undefined) throw refuse('CHANNEL_UNKNOWN', { channelId })
  return book
}

type Errand = { channelId: Hash; name: string; call: ChainCall; terms?: CallTerms }

/** Hands a call to settlement under a name of its own and then looks at what it changed. */
const carry = async (desk: Desk, { channelId, name, call, terms }: Errand): Promise<void> => {
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

const signClose = ({ deps }: Desk, terms: CoopClose): Signature =>
  deps.signer.sign(deps.channelDigest('CoopClose', terms))

/** Signs terms that the other side asks for: from then on no promise moves until they are used or void. */
const answerClose = async (desk: Desk, body: CborValue, from: Remote): Promise<CborValue> => {
  const terms = wellFormed(closeFromWire(body))
  const { channelId } = terms
  bookWith(desk, channelId, from)
  await refresh(desk, channelId)
  const now = await desk.chainTime()
  const decide = (book: ChannelBook): Change<Signature> | ChannelFault => {
    const verdict = judgeClose(book, terms, now)
    if (verdict.action !== 'accept') return verdict.code
    if (desk.moving.has(channelId)) return 'CHANNEL_BUSY'
    const own = signClose(desk, terms)
    const offer = answeredOffer(book.channel, terms, own)
    return { channel: { ...book.channel, offer }, value: own }
  }
  return closeAnswerToWire(await desk.shelf.change(channelId, decide))
}

const agree = async (desk: Desk, { channel }: ChannelBook, now: UnixSeconds): Promise<void> => {
  const { channelId, peer } = channel
  const terms = closeTermsOf(channel, now + desk.options.closeValidSeconds)
  const answer = await desk.ask(peer, { type: 'close', body: closeToWire(terms) })
  const theirs = wellFormed(closeAnswerFromWire(answer))
  const { channelDigest: digest, recover } = desk.deps
  await desk.shelf.change(channelId, (book): Change<void> | ChannelFault => {
    // A payment may have moved while the other side was asked.
    const verdict = judgeClose(book, terms, now)
    if (verdict.action !== 'accept') return verdict.code
    const signed = { message: terms, signature: theirs }
    if (!isClosedBy(book.channel, signed, { digest, recover })) return 'CLOSE_SIGNATURE'
    const own = signClose(desk, terms)
    const offer = askedOffer(book.channel, terms, { own, theirs })
    return { channel: { ...book.channel, offer }, value: undefined }
  })
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
    const book = bookOf(desk, channelId)
    if (!book.channel.offer?.isAsked) await agree(desk, book, now)
    await submitClose(desk, channelId)
  } catch (error) {
    if (isOurMatter(error)) throw error
    desk.deps.log.info({ channelId, code: faultCode(error) }, 'channel is not closed together')
  }
}

const startClose = async (desk: Desk, channelId: Hash): Promise<void> => {
  const { channel } = bookOf(desk, channelId)
  const { role, params } = channel
  const promise = role === 'payee' && claimableOf(channel) > 0n ? channel.promise : null
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
  const { params, promise, stage } = bookOf(desk, channelId).channel
  if (promise === null || stage.phase !== 'closing') return
  const { sent } = promise.message
  // A tower may have been faster.
  const { fromA } = await desk.deps.chain.promised(channelId)
  if (fromA < sent) {
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

export const serveClosing = (desk: Desk): void =>
  desk.serve('close', (body, from) => answerClose(desk, body, from))

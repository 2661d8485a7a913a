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
import type { ChainCall, Remote } from '../ports/index.ts'
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

type Errand = { channelId: Hash; name: string; call: ChainCall }

/** Hands a call to settlement under a name of its own and then looks at what it changed. */
const carry = async (desk: Desk, { channelId, name, call }: Errand): Promise<void> => {
  const { failedCalls } = bookOf(desk, channelId).channel
  try {
    await desk.submit(`channel-${name}:${channelId}:${failedCalls}`, call)
  } catch (error) {
    if (isReverted(error)) await countFailure(desk, channelId)
    await refresh(desk, channelId).catch(() => {})
    throw error
  }
  await refresh(desk, channelId)
}

const claimNow = async (desk: Desk, channelId: Hash): Promise<void> => {
  await refresh(desk, channelId)
  // Asked for through the queue: a close that is being signed right now counts.
  const { channel } = await desk.shelf.change<ChannelBook>(channelId, (book) =>
    book.channel.offer === null ? { value: book } : 'CLOSE_OUTSTANDING',
  )
  const { promise, params, stage } = channel
  const isOpen = stage.phase === 'open' || stage.phase === 'closing'
  if (!isOpen || promise === null || claimableOf(channel) === 0n) return
  const call: ChainCall = { type: 'claim', claim: { params, promise } }
  await carry(desk, { channelId, name: `claim:${promise.message.sent}`, call })
}

/** Payee: takes out what is promised and not claimed. */
export const claim = (desk: Desk, channelId: Hash): Promise<void> => {
  if (bookOf(desk, channelId).channel.role !== 'payee') throw refuse('WRONG_ROLE', { channelId })
  return desk.onChain(channelId, async () => {
    desk.moving.add(channelId)
    try {
      await claimNow(desk, channelId)
    } finally {
      desk.moving.delete(channelId)
    }
  })
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

/** Payee: answers a close within its window with the best promise it has. */
export const respond = async (desk: Desk, channelId: Hash): Promise<void> => {
  const { params, promise } = bookOf(desk, channelId).channel
  if (promise === null) return
  const { sent } = promise.message
  const call: ChainCall = { type: 'respond', claim: { params, promise } }
  await carry(desk, { channelId, name: `respond:${sent}`, call })
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

const closeNow = async (
  desk: Desk,
  channelId: Hash,
  { force = false }: CloseOptions,
): Promise<void> => {
  await refresh(desk, channelId)
  const book = bookOf(desk, channelId)
  const { phase } = book.channel.stage
  if (phase === 'closed') return
  const isUnfunded = phase === 'proposed' || phase === 'accepted'
  if (isUnfunded && book.deals.size === 0) return abandon(desk, channelId)
  const stop = closeStop(book)
  if (stop !== null && !force) throw refuse(stop, { channelId })
  if (!force) await tryTogether(desk, channelId)
  if (bookOf(desk, channelId).channel.stage.phase === 'open') await startClose(desk, channelId)
}

/** Closes together with the other side where it answers and agrees, else alone: then the window begins. */
export const close = (desk: Desk, channelId: Hash, options: CloseOptions = {}): Promise<void> => {
  bookOf(desk, channelId)
  return desk.onChain(channelId, () => closeNow(desk, channelId, options))
}

export const serveClosing = (desk: Desk): void =>
  desk.serve('close', (body, from) => answerClose(desk, body, from))

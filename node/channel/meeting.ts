import {
  type ChannelBook,
  judgeProposal,
  MAX_WINDOW_SECONDS,
  newChannel,
  paramsFromWire,
  promiseFault,
  recall,
  reconcile,
  type SyncMessage,
  type SyncOutcome,
  sawMore,
  syncFromWire,
  syncOf,
  syncToWire,
} from '../../protocols/channel/index.ts'
import {
  type Address,
  type CborValue,
  CHANNEL_MODE,
  type ChannelParams,
  channelIdOf,
  faultCode,
  type Hash,
} from '../../protocols/common/index.ts'
import type { Remote } from '../ports/index.ts'
import { refresh } from './chain-look.ts'
import { type Desk, wellFormed } from './desk.ts'
import { isRemote, isUnreached, refuse } from './refuse.ts'
import { sendRefund } from './sending.ts'

const checksOf = ({ deps }: Desk) => ({
  digest: deps.channelDigest,
  recover: deps.recover,
  now: deps.clock.now(),
})

const meet = async (desk: Desk, theirs: SyncMessage): Promise<SyncOutcome> => {
  const { channelId } = theirs
  const outcome = await desk.shelf.change(channelId, (book) => {
    const met = reconcile(book, theirs, checksOf(desk))
    return typeof met === 'string' ? met : { ...met, value: met }
  })
  desk.synced.add(channelId)
  if (sawMore(outcome.channel, theirs.seen)) {
    desk.background('look', () => refresh(desk, channelId))
  }
  return outcome
}

// Refunds first: they may cover a payment made by credit. What is refused holds up nothing else.
const resend = async (desk: Desk, { channel, payments, refunds }: SyncOutcome): Promise<void> => {
  const { channelId } = channel
  const say = async (key: string, send: () => Promise<unknown>): Promise<void> => {
    try {
      await send()
    } catch (error) {
      desk.deps.log.warn({ channelId, deal: key, code: faultCode(error) }, 'not taken when resent')
    }
  }
  for (const key of refunds) await say(key, () => sendRefund(desk, channelId, key))
  const resent = payments.map((key) => say(key, () => desk.courier.deliver({ channelId, key })))
  await Promise.all(resent)
}

/** Compares a channel with the other side, then says again what it has not heard. */
export const sync = async (desk: Desk, channelId: Hash, signal?: AbortSignal): Promise<void> => {
  const book = desk.shelf.find(channelId)
  if (book === undefined) throw refuse('CHANNEL_UNKNOWN', { channelId })
  const question = { type: 'sync', body: syncToWire(syncOf(book)) }
  const answer = await desk.ask(book.channel.peer, question, signal)
  const theirs = wellFormed(syncFromWire(answer))
  if (theirs.channelId !== channelId) throw refuse('CHANNEL_UNKNOWN', { channelId })
  const outcome = await meet(desk, theirs)
  desk.background('resend', () => resend(desk, outcome))
}

/** Waits until the channel has been compared with the other side, however often it takes to reach it. */
export const ensureSynced = async (
  desk: Desk,
  channelId: Hash,
  signal: AbortSignal,
): Promise<void> => {
  while (!desk.synced.has(channelId)) {
    signal.throwIfAborted()
    try {
      await sync(desk, channelId, signal)
    } catch (cause) {
      if (!isUnreached(cause)) {
        throw isRemote(cause) ? refuse('SYNC_INCOMPLETE', { channelId, cause }) : cause
      }
      signal.throwIfAborted()
      desk.deps.log.debug({ channelId, code: faultCode(cause) }, 'sync will be tried again')
      await desk.deps.clock.wait(desk.options.retryMs, { signal })
    }
  }
}

const isWorthMeeting = ({ channel }: ChannelBook, agent: Address): boolean =>
  channel.peer === agent && channel.stage.phase !== 'proposed' && channel.stage.phase !== 'closed'

const ATTEMPTS = 5

// A peer that is only starting may not answer yet; one that is gone will connect again.
const syncSoon = async (desk: Desk, channelId: Hash): Promise<void> => {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    try {
      return await sync(desk, channelId)
    } catch (error) {
      if (!isUnreached(error) || faultCode(error) === 'PEER_UNREACHABLE') throw error
    }
    await desk.deps.clock.wait(desk.options.retryMs, { signal: desk.stopping })
  }
  await sync(desk, channelId)
}

/** The first thing said on every connection, for each channel with that agent. */
export const syncAllWith = (desk: Desk, { agent }: Remote): void => {
  for (const book of desk.shelf.books()) {
    if (!isWorthMeeting(book, agent)) continue
    const { channelId } = book.channel
    desk.synced.delete(channelId)
    desk.background('sync', () => syncSoon(desk, channelId))
  }
}

export const forgetMeetings = (desk: Desk, { agent }: Remote): void => {
  for (const { channel } of desk.shelf.books()) {
    if (channel.peer === agent) desk.synced.delete(channel.channelId)
  }
}

const isUnopened = ({ channel, deals }: ChannelBook): boolean =>
  channel.role === 'payee' && channel.stage.phase === 'accepted' && deals.size === 0

/** Room for one more channel that may never be opened; long-forgotten ones make way. */
const makeRoom = async ({ shelf, options, deps }: Desk, payer: Address): Promise<void> => {
  const { maxChannelsPerPeer, maxProposalsPerPeer, maxProposals, proposalSeconds } = options
  const isLive = ({ channel }: ChannelBook) =>
    channel.peer === payer && channel.stage.phase !== 'closed'
  if (shelf.books().filter(isLive).length >= maxChannelsPerPeer) throw refuse('CHANNEL_LIMIT')
  const isFull = () => {
    const waiting = shelf.books().filter(isUnopened)
    const own = waiting.filter(({ channel }) => channel.peer === payer)
    return own.length >= maxProposalsPerPeer || waiting.length >= maxProposals
  }
  if (!isFull()) return
  const oldest = deps.clock.now() - proposalSeconds
  const stale = shelf.books().filter((book) => isUnopened(book) && book.channel.createdAt <= oldest)
  for (const { channel } of stale) await shelf.forget(channel.channelId, isUnopened)
  if (isFull()) throw refuse('CHANNEL_LIMIT')
}

const isAcceptable = (
  { deps }: Desk,
  params: ChannelParams,
  parties: { payer: Address; payee: Address },
): boolean => {
  const { contracts, minWindowSeconds } = deps.chain.identity
  const bounds = { minWindow: minWindowSeconds, maxWindow: MAX_WINDOW_SECONDS }
  const verdict = judgeProposal(params, { ...parties, ...bounds, token: contracts.token })
  return verdict.action === 'accept'
}

/** Payee: durably takes part in a channel that its payer proposes. */
const takeProposal = async (desk: Desk, params: ChannelParams, payer: Address): Promise<void> => {
  if (!isAcceptable(desk, params, { payer, payee: desk.self })) throw refuse('PROPOSAL_REFUSED')
  const channelId = channelIdOf(params)
  if (desk.shelf.find(channelId) !== undefined) return
  await makeRoom(desk, payer)
  const createdAt = desk.deps.clock.now()
  await desk.shelf.add(newChannel({ channelId, role: 'payee', params, createdAt }))
  desk.synced.add(channelId)
}

/** Payer: takes back a channel that it has wholly forgotten, on the strength of its own signature. */
const takeBack = async (desk: Desk, theirs: SyncMessage): Promise<void> => {
  const { channelId, params, promise } = theirs
  if (promise === null || params.signerA !== desk.self) {
    throw refuse('CHANNEL_UNKNOWN', { channelId })
  }
  const now = desk.deps.clock.now()
  const blank = newChannel({ channelId, role: 'payer', params, createdAt: now })
  const { epoch } = promise.message
  const fault = promiseFault({ ...blank, epoch }, promise, checksOf(desk))
  if (fault !== null) throw refuse(fault, { channelId })
  await desk.shelf.add(recall({ ...blank, epoch }, promise, now))
}

/**
 * DUPLEX: takes back a channel that was wholly forgotten, if the chain has it. Blank and frozen: the meeting that follows shows what was
 * promised.
 */
const takeBackBoth = async (
  desk: Desk,
  { channelId, params }: SyncMessage,
  { agent }: Remote,
): Promise<void> => {
  const isOurs = isAcceptable(desk, params, { payer: desk.self, payee: agent })
  const { status } = await desk.deps.chain.channel(channelId)
  if (!isOurs || status === 'none') throw refuse('CHANNEL_UNKNOWN', { channelId })
  await makeRoom(desk, agent)
  const now = desk.deps.clock.now()
  const blank = newChannel({ channelId, role: 'payer', params, createdAt: now })
  const freeze = { code: 'STALE_RESTORE', since: now } as const
  await desk.shelf.add({ ...blank, freeze, stage: { phase: 'accepted' } })
}

const makeKnown = async (desk: Desk, theirs: SyncMessage, from: Remote): Promise<void> => {
  const { params, channelId } = theirs
  if (channelIdOf(params) !== channelId) throw refuse('PARAMS_CONFLICT', { channelId })
  if (params.partyB === desk.self) await takeProposal(desk, params, from.agent)
  else if (params.mode === CHANNEL_MODE.DUPLEX && params.signerA === desk.self) {
    await takeBackBoth(desk, theirs, from)
  } else if (params.partyA === desk.self && params.partyB === from.agent)
    await takeBack(desk, theirs)
  else throw refuse('CHANNEL_UNKNOWN', { channelId })
}

const answerSync = async (desk: Desk, body: CborValue, from: Remote): Promise<CborValue> => {
  const theirs = wellFormed(syncFromWire(body))
  const { channelId } = theirs
  if (desk.shelf.find(channelId) === undefined) await makeKnown(desk, theirs, from)
  const { channel } = bookWith(desk, channelId, from)
  if (channel.stage.phase === 'accepted') await refresh(desk, channelId).catch(() => {})
  const outcome = await meet(desk, theirs)
  desk.background('resend', () => resend(desk, outcome))
  return syncToWire(syncOf(bookWith(desk, channelId, from)))
}

/** A channel with exactly this agent; to everybody else it does not exist. */
export const bookWith = (desk: Desk, channelId: Hash, { agent }: Remote): ChannelBook => {
  const book = desk.shelf.find(channelId)
  if (book === undefined || book.channel.peer !== agent) {
    throw refuse('CHANNEL_UNKNOWN', { channelId })
  }
  return book
}

export const serveMeetings = (desk: Desk): void => {
  desk.serve('propose', async (body, { agent }) => {
    await takeProposal(desk, wellFormed(paramsFromWire(body)), agent)
    return null
  })
  desk.serve('sync', (body, from) => answerSync(desk, body, from))
}

import type { ChannelBook, ChannelRecord } from '../../protocols/channel/index.ts'
import type { Hash } from '../../protocols/common/index.ts'
import { refuse } from './refuse.ts'

/** One channel's decisions that are not on disk yet. */
type Line = { newest: ChannelBook; landing: Promise<void>; inFlight: number }

export type LinesDeps = {
  /** The channel as it surely is on disk. */
  durable(channelId: Hash): ChannelBook | undefined
  failed(channel: ChannelRecord, cause: unknown): void
}

/**
 * Lets a channel decide its next state while the last one is still being written. What a failed write left on disk is not known:
 * memory then keeps the last state that surely is, and the channel stands still.
 */
export type Lines = {
  /** The state to decide on. Throws Fault CHANNEL_UNKNOWN, or CHANNEL_FROZEN after a failed write. */
  newest(channelId: Hash): ChannelBook
  /** Resolves once everything decided so far is durable. */
  landed(channelId: Hash): Promise<void>
  /**
   * The next state, the promise of its being written, and what to do when it is; that is done in the order of decisions. Resolves
   * once it is durable. Throws Fault STORE_UNAVAILABLE.
   */
  push(next: ChannelBook, written: Promise<void>, land: () => void): Promise<void>
  isBroken(channelId: Hash): boolean
  mended(channelId: Hash): void
}

const quiet = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => {})
  return promise
}

export const createLines = ({ durable, failed }: LinesDeps): Lines => {
  const lines = new Map<Hash, Line>()
  const broken = new Set<Hash>()

  const stand = (channel: ChannelRecord, cause: unknown): void => {
    const { channelId } = channel
    if (broken.has(channelId)) return
    broken.add(channelId)
    lines.delete(channelId)
    failed(channel, cause)
  }

  const newest = (channelId: Hash): ChannelBook => {
    const book = lines.get(channelId)?.newest ?? durable(channelId)
    if (book === undefined) throw refuse('CHANNEL_UNKNOWN', { channelId })
    if (broken.has(channelId)) throw refuse('CHANNEL_FROZEN', { reason: 'STORE_UNAVAILABLE' })
    return book
  }

  const settle = async (line: Line, writing: Promise<void>, { channel }: ChannelBook) => {
    const { channelId } = channel
    try {
      await writing
    } catch (cause) {
      stand(durable(channelId)?.channel ?? channel, cause)
      throw refuse('STORE_UNAVAILABLE', { channelId, cause })
    }
    line.inFlight -= 1
    if (line.inFlight === 0) lines.delete(channelId)
  }

  return {
    newest,
    landed: (channelId) => lines.get(channelId)?.landing ?? Promise.resolve(),
    push: (next, written, land) => {
      const { channelId } = next.channel
      const line = lines.get(channelId) ?? { newest: next, landing: Promise.resolve(), inFlight: 0 }
      lines.set(channelId, line)
      line.newest = next
      line.inFlight += 1
      // One after the other, whatever the order in which the store answers.
      const writing = line.landing.then(() => written).then(land)
      line.landing = quiet(settle(line, writing, next))
      return line.landing
    },
    isBroken: (channelId) => broken.has(channelId),
    mended: (channelId) => broken.delete(channelId),
  }
}

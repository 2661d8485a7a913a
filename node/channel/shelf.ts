import {
  type ChannelBook,
  type ChannelFault,
  type ChannelRecord,
  type DealRecord,
  dealOf,
  isAtRest,
} from '../../protocols/channel/index.ts'
import type { Hash } from '../../protocols/common/index.ts'
import type { Store, Write } from '../ports/index.ts'
import { type Change, createDisk, type Disk } from './disk.ts'
import { refuse } from './refuse.ts'
import { createSerial } from './serial.ts'
import { createWatchers } from './watchers.ts'

/** A deal of which the caller wants to hear even if it is at rest. */
export type ChangeOptions = { agreement?: Hash }

export type ShelfNews = {
  changed(before: ChannelRecord | null, after: ChannelRecord): void
  failed(channel: ChannelRecord, error: unknown): void
}

/** All channels of this agent: in memory as they are on disk, with one writer per channel. */
export type Shelf = {
  load(): Promise<void>
  books(): ChannelBook[]
  find(channelId: Hash): ChannelBook | undefined
  add(channel: ChannelRecord, deals?: readonly DealRecord[]): Promise<void>
  /** Forgets a channel in which nothing has happened; false where something has. */
  forget(channelId: Hash, isIdle: (book: ChannelBook) => boolean): Promise<boolean>
  /** Decides on the newest state and makes the outcome durable before it returns. */
  change<T>(
    channelId: Hash,
    decide: (book: ChannelBook) => Change<T> | ChannelFault,
    options?: ChangeOptions,
  ): Promise<T>
  resting(channelId: Hash, agreementHash: Hash): Promise<DealRecord | undefined>
  /** Resolves once the channel is as asked; rejects with the signal's reason. */
  until(
    channelId: Hash,
    isReached: (book: ChannelBook) => boolean,
    signal: AbortSignal,
  ): Promise<void>
  /** Whether a failed write stopped the channel. */
  isBroken(channelId: Hash): boolean
  /** Reads the channel anew after a failed write and lets it go on if the store works. */
  mend(channelId: Hash): Promise<void>
}

const afterwards = (before: ChannelBook, change: Change<unknown>): ChannelBook => {
  const deals = new Map(before.deals)
  for (const deal of change.deals ?? []) {
    if (isAtRest(deal)) deals.delete(deal.key)
    else deals.set(deal.key, deal)
  }
  for (const key of change.dropped ?? []) deals.delete(key)
  return { channel: change.channel ?? before.channel, deals }
}

// What a failed write left on disk is not known: memory keeps the last state that surely is, and the channel stands still.
const createGuard = (disk: Disk, news: ShelfNews) => {
  const broken = new Set<Hash>()
  return {
    broken,
    commit: async (channel: ChannelRecord, writes: readonly Write[]): Promise<void> => {
      try {
        await disk.commit(writes)
      } catch (cause) {
        broken.add(channel.channelId)
        news.failed(channel, cause)
        throw refuse('STORE_UNAVAILABLE', { cause })
      }
    },
  }
}

const withResting = async (
  disk: Disk,
  book: ChannelBook,
  agreement: Hash | undefined,
): Promise<ChannelBook> => {
  if (agreement === undefined || dealOf(book, agreement) !== undefined) return book
  const deal = await disk.resting(book.channel.channelId, agreement)
  return deal ? { ...book, deals: new Map(book.deals).set(deal.key, deal) } : book
}

type Books = ReadonlyMap<Hash, ChannelBook>

const usable = (books: Books, broken: ReadonlySet<Hash>, channelId: Hash): ChannelBook => {
  const book = books.get(channelId)
  if (book === undefined) throw refuse('CHANNEL_UNKNOWN', { channelId })
  if (broken.has(channelId)) throw refuse('CHANNEL_FROZEN', { reason: 'STORE_UNAVAILABLE' })
  return book
}

export const createShelf = (store: Store, news: ShelfNews): Shelf => {
  const disk = createDisk(store)
  const { broken, commit } = createGuard(disk, news)
  const books = new Map<Hash, ChannelBook>()
  const watchers = createWatchers()
  const oneWriter = createSerial()

  const place = (book: ChannelBook, before: ChannelRecord | null): void => {
    const { channelId } = book.channel
    books.set(channelId, book)
    if (book.channel !== before) news.changed(before, book.channel)
    watchers.wake(channelId)
  }

  const save = async (before: ChannelBook, change: Change<unknown>): Promise<void> => {
    const { channelId } = before.channel
    const writes = disk.writesOf(before.channel, { ...change, channelId })
    if (writes.length === 0) return
    await commit(before.channel, writes)
    place(afterwards(before, change), before.channel)
  }

  return {
    load: async () => {
      for (const book of await disk.all()) books.set(book.channel.channelId, book)
    },
    books: () => [...books.values()],
    find: (channelId) => books.get(channelId),
    add: (channel, deals = []) =>
      oneWriter(channel.channelId, async () => {
        const { channelId } = channel
        if (books.has(channelId)) return
        await commit(channel, disk.writesOf(null, { channelId, channel, deals, value: undefined }))
        place({ channel, deals: new Map(deals.map((deal) => [deal.key, deal])) }, null)
      }),
    forget: (channelId, isIdle) =>
      oneWriter(channelId, async () => {
        const book = usable(books, broken, channelId)
        if (!isIdle(book)) return false
        await commit(book.channel, [disk.removal(channelId)])
        return books.delete(channelId)
      }),
    change: (channelId, decide, { agreement } = {}) =>
      oneWriter(channelId, async () => {
        const book = await withResting(disk, usable(books, broken, channelId), agreement)
        const outcome = decide(book)
        if (typeof outcome === 'string') throw refuse(outcome, { channelId })
        await save(usable(books, broken, channelId), outcome)
        return outcome.value
      }),
    resting: disk.resting,
    until: (channelId, isReached, signal) => {
      const isTrue = () => {
        const book = books.get(channelId)
        return book !== undefined && isReached(book)
      }
      return watchers.until(channelId, isTrue, signal)
    },
    isBroken: (channelId) => broken.has(channelId),
    mend: (channelId) =>
      oneWriter(channelId, async () => {
        const book = await disk.read(channelId)
        if (book === undefined) throw refuse('CHANNEL_UNKNOWN', { channelId })
        const before = books.get(channelId)?.channel ?? null
        await commit(book.channel, disk.writesOf(null, { ...book, channelId, deals: [], value: 0 }))
        broken.delete(channelId)
        place(book, before)
      }),
  }
}

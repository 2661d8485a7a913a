import {
  type ChannelBook,
  type ChannelFault,
  type ChannelRecord,
  type ChannelRole,
  type DealRecord,
  dealOf,
  isAtRest,
  otherRole,
} from '../../protocols/channel/index.ts'
import type { Hash } from '../../protocols/common/index.ts'
import type { Store, Write } from '../ports/index.ts'
import { type Committer, createCommitter } from './committer.ts'
import { type Change, createDisk, type Disk } from './disk.ts'
import { createLines, type Lines } from './lines.ts'
import { refuse } from './refuse.ts'
import { createSerial } from './serial.ts'
import { createWatchers } from './watchers.ts'

export type ChangeOptions = {
  /** Deals of which the caller wants to hear even if they are at rest. */
  agreements?: readonly Hash[]
  /** What is learnt again if it is lost: it waits for the next write. */
  isLazy?: boolean
}

export type ShelfNews = {
  changed(before: ChannelRecord | null, after: ChannelRecord): void
  failed(channel: ChannelRecord, error: unknown): void
}

/** All channels of this agent: in memory as they are on disk, with one writer per channel. */
export type Shelf = {
  load(): Promise<void>
  books(): ChannelBook[]
  find(channelId: Hash): ChannelBook | undefined
  /** The channel over which this side pays, or is paid, under the deal's key. */
  holding(role: ChannelRole, key: string): ChannelBook | undefined
  add(channel: ChannelRecord, deals?: readonly DealRecord[]): Promise<void>
  /** Forgets a channel in which nothing has happened; false where something has. */
  forget(channelId: Hash, isIdle: (book: ChannelBook) => boolean): Promise<boolean>
  /**
   * Decides on the newest state and makes the outcome durable before it returns. The next decision need not wait for that: each sees
   * the ones before it.
   */
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
  const channel = change.channel ?? before.channel
  if (!change.deals?.length && !change.dropped?.length) return { channel, deals: before.deals }
  const deals = new Map(before.deals)
  for (const deal of change.deals ?? []) {
    if (isAtRest(deal)) deals.delete(deal.key)
    else deals.set(deal.key, deal)
  }
  for (const key of change.dropped ?? []) deals.delete(key)
  return { channel, deals }
}

const withResting = async (
  disk: Disk,
  book: ChannelBook,
  agreements: readonly Hash[],
): Promise<ChannelBook> => {
  const deals = new Map(book.deals)
  for (const agreement of agreements) {
    const deal = await disk.resting(book.channel.channelId, agreement)
    if (deal !== undefined) deals.set(deal.key, deal)
  }
  return { ...book, deals }
}

/** Which channel a running deal belongs to. */
const createIndex = () => {
  const homes = new Map<string, Hash>()
  const nameOf = (role: ChannelRole, key: string) => `${role} ${key}`
  return {
    find: (role: ChannelRole, key: string) => homes.get(nameOf(role, key)),
    note: (
      { channelId, role }: ChannelRecord,
      { deals = [], dropped = [] }: Pick<Change<unknown>, 'deals' | 'dropped'>,
    ): void => {
      for (const deal of deals) {
        // In the back direction the two have changed places.
        const name = nameOf(deal.isBack ? otherRole(role) : role, deal.key)
        if (isAtRest(deal)) homes.delete(name)
        else homes.set(name, channelId)
      }
      for (const key of dropped) {
        homes.delete(nameOf('payer', key))
        homes.delete(nameOf('payee', key))
      }
    },
  }
}

type Durable = ReturnType<typeof createDurable>

/** What is in memory as it surely is on disk. */
const createDurable = (news: ShelfNews) => {
  const books = new Map<Hash, ChannelBook>()
  const homes = createIndex()
  const watchers = createWatchers()
  const place = (book: ChannelBook, change: Pick<Change<unknown>, 'deals' | 'dropped'>): void => {
    const { channel } = book
    const before = books.get(channel.channelId)?.channel
    books.set(channel.channelId, book)
    homes.note(channel, change)
    if (channel !== before) news.changed(before ?? null, channel)
    watchers.wake(channel.channelId)
  }
  return {
    books,
    place,
    load: (book: ChannelBook): void => {
      books.set(book.channel.channelId, book)
      homes.note(book.channel, { deals: [...book.deals.values()] })
    },
    holding: (role: ChannelRole, key: string) => {
      const channelId = homes.find(role, key)
      return channelId && books.get(channelId)
    },
    until: (channelId: Hash, isReached: (book: ChannelBook) => boolean, signal: AbortSignal) => {
      const isTrue = () => {
        const book = books.get(channelId)
        return book !== undefined && isReached(book)
      }
      return watchers.until(channelId, isTrue, signal)
    },
  }
}

type Desk = { disk: Disk; committer: Committer; lines: Lines; durable: Durable }

const stateFor = async (
  { disk, lines }: Desk,
  channelId: Hash,
  agreements: readonly Hash[],
): Promise<ChannelBook> => {
  const book = lines.newest(channelId)
  const missing = agreements.filter((agreement) => dealOf(book, agreement) === undefined)
  if (missing.length === 0) return book
  // One of them may be on its way to rest.
  await lines.landed(channelId)
  return withResting(disk, lines.newest(channelId), missing)
}

const save = (
  { disk, committer, lines, durable }: Desk,
  channelId: Hash,
  { change, isLazy }: { change: Change<unknown>; isLazy: boolean },
): Promise<void> => {
  const before = lines.newest(channelId)
  const writes = disk.writesOf(before.channel, { ...change, channelId })
  // Nothing new may rest on what is not durable yet.
  if (writes.length === 0) return lines.landed(channelId)
  const next = afterwards(before, change)
  const written = committer.commit(writes, { isLazy })
  return lines.push(next, written, () => durable.place(next, change))
}

export const createShelf = (store: Store, news: ShelfNews): Shelf => {
  const disk = createDisk(store)
  const committer = createCommitter(disk.commit)
  const durable = createDurable(news)
  const { books } = durable
  const lines = createLines({ durable: (channelId) => books.get(channelId), failed: news.failed })
  const desk: Desk = { disk, committer, lines, durable }
  const oneWriter = createSerial()

  const write = async (channel: ChannelRecord, writes: readonly Write[]): Promise<void> => {
    try {
      await committer.commit(writes)
    } catch (cause) {
      news.failed(channel, cause)
      throw refuse('STORE_UNAVAILABLE', { cause })
    }
  }

  return {
    load: async () => {
      for (const book of await disk.all()) durable.load(book)
    },
    books: () => [...books.values()],
    find: (channelId) => books.get(channelId),
    holding: durable.holding,
    add: (channel, deals = []) =>
      oneWriter(channel.channelId, async () => {
        const { channelId } = channel
        if (books.has(channelId)) return
        await write(channel, disk.writesOf(null, { channelId, channel, deals, value: undefined }))
        const byKey = new Map(deals.map((deal) => [deal.key, deal]))
        durable.place({ channel, deals: byKey }, { deals })
      }),
    forget: (channelId, isIdle) =>
      oneWriter(channelId, async () => {
        await lines.landed(channelId)
        const book = lines.newest(channelId)
        if (!isIdle(book)) return false
        await write(book.channel, [disk.removal(channelId)])
        return books.delete(channelId)
      }),
    change: async (channelId, decide, { agreements = [], isLazy = false } = {}) => {
      const { value, isDurable } = await oneWriter(channelId, async () => {
        const change = decide(await stateFor(desk, channelId, agreements))
        if (typeof change === 'string') throw refuse(change, { channelId })
        return { value: change.value, isDurable: save(desk, channelId, { change, isLazy }) }
      })
      await isDurable
      return value
    },
    resting: disk.resting,
    until: durable.until,
    isBroken: lines.isBroken,
    mend: (channelId) =>
      oneWriter(channelId, async () => {
        const book = await disk.read(channelId)
        if (book === undefined) throw refuse('CHANNEL_UNKNOWN', { channelId })
        await write(book.channel, disk.writesOf(null, { ...book, channelId, deals: [], value: 0 }))
        lines.mended(channelId)
        durable.place(book, { deals: [...book.deals.values()] })
      }),
  }
}

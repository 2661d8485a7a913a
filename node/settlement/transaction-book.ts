import type { Hash, UnixSeconds } from '../../protocols/common/index.ts'
import type { Chain, ChainEvent, Clock, RecordKind, Store, Write } from '../ports/index.ts'
import type { OutboxEntry } from './outbox.ts'
import {
  hashesOf,
  recordOfEntry,
  recordOfEvent,
  type TransactionRecord,
} from './transaction-record.ts'

export type TransactionBookDeps = {
  store: Pick<Store, 'collection' | 'commit'>
  chain: Pick<Chain, 'identity'>
  clock: Pick<Clock, 'now'>
}

/** Newest first; `subject` is a channel, an escrow or an agent, null for all. `cursor` is an earlier page's `nextCursor`. */
export type TransactionQuery = { subject: string | null; cursor: string | null; limit: number }
export type TransactionPage = { items: readonly TransactionRecord[]; nextCursor: string | null }

const BY_HASH: RecordKind<TransactionRecord> = { name: 'transactions', version: 1 }
// Keys are `place` and `subject:place`, where a place grows with time.
const BY_TIME: RecordKind<Hash> = { name: 'transactions-by-time', version: 1 }
const BY_SUBJECT: RecordKind<Hash> = { name: 'transactions-by-subject', version: 1 }

const placeOf = ({ recordedAt, hash }: { recordedAt: UnixSeconds; hash: Hash }): string =>
  `${recordedAt.toString().padStart(12, '0')}-${hash}`

// Sorts after every place.
const LAST = '~'

/** Every transaction that concerned this node's money, found by its hash and by what it was about. */
export const createTransactionBook = ({ store, chain, clock }: TransactionBookDeps) => {
  const byHash = store.collection(BY_HASH)
  const byTime = store.collection(BY_TIME)
  const bySubject = store.collection(BY_SUBJECT)
  const { network, chainId } = chain.identity
  const place = { network, chainId }

  const writesOf = (record: TransactionRecord): Write[] => {
    const at = placeOf(record)
    return [
      byHash.put(record.hash, record),
      byTime.put(at, record.hash),
      ...record.subjects.map(({ id }) => bySubject.put(`${id}:${at}`, record.hash)),
    ]
  }

  /** What must be written together with an outbox entry. */
  const writesForEntry = async (entry: OutboxEntry): Promise<Write[]> => {
    const writes = hashesOf(entry.submission).map(async (hash) => {
      const known = await byHash.get(hash)
      return writesOf(recordOfEntry(entry, hash, { known, place, now: clock.now() }))
    })
    return (await Promise.all(writes)).flat()
  }

  const writesForEvent = async (event: ChainEvent): Promise<Write[]> => {
    const known = await byHash.get(event.transaction)
    return writesOf(recordOfEvent(event, { known, place, now: clock.now() }))
  }

  const recordsOf = async (hashes: AsyncIterable<[string, Hash]>): Promise<TransactionRecord[]> => {
    const found: TransactionRecord[] = []
    for await (const [, hash] of hashes) {
      const record = await byHash.get(hash)
      if (record !== undefined) found.push(record)
    }
    return found
  }

  const page = async ({ subject, cursor, limit }: TransactionQuery): Promise<TransactionPage> => {
    const prefix = subject === null ? '' : `${subject}:`
    const source = subject === null ? byTime : bySubject
    const range = { gte: prefix, lt: `${prefix}${cursor ?? LAST}`, reverse: true, limit: limit + 1 }
    const found = await recordsOf(source.list(range))
    const items = found.slice(0, limit)
    const last = items.at(-1)
    const hasMore = found.length > limit && last !== undefined
    return { items, nextCursor: hasMore ? placeOf(last) : null }
  }

  let last: Promise<unknown> = Promise.resolve()
  /** One change at a time: two that begin with the same record would lose one of each other. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const done = last.then(change)
    last = done.catch(() => undefined)
    return done
  }

  return {
    inTurn,
    writesForEntry,
    writesForEvent,
    page,
    get: (hash: Hash): Promise<TransactionRecord | undefined> => byHash.get(hash),
  }
}

export type TransactionBook = ReturnType<typeof createTransactionBook>

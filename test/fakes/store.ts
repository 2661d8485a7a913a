import {
  createWriteEncoder,
  decodeRecord,
  type EncodedWrite,
} from '../../node/adapters/store/index.ts'
import type { KeyRange, RecordKind, Store, Write } from '../../node/ports/index.ts'
import { Fault } from '../../protocols/common/index.ts'

/** What is on the imaginary disk: collection, then key, to record bytes. */
export type StoreSnapshot = ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>

export type MemoryStore = Store & {
  /** The next commit throws STORE_UNAVAILABLE, and so does every later one. `written`: it reached the disk nevertheless. */
  failNextCommit(options?: { written?: boolean }): void
  /** After `count` more commits the process is as good as killed: later commits neither happen nor end. */
  crashAfter(count: number): void
  /** How many commits took effect. */
  commits(): number
  snapshot(): StoreSnapshot
  /** A new store on what was committed, as after a restart; this one is as good as killed. */
  reopen(): MemoryStore
}

type Disk = Map<string, Map<string, Uint8Array>>

const copyOf = (disk: StoreSnapshot): Disk =>
  new Map([...disk].map(([name, records]) => [name, new Map(records)]))

// UTF-8 byte order, as on disk.
const inKeyOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const keysIn = (records: Iterable<string>, range: KeyRange): string[] => {
  const { gt, gte, lt, reverse = false, limit = Number.POSITIVE_INFINITY } = range
  const keys = [...records]
    .filter((key) => gt === undefined || inKeyOrder(key, gt) > 0)
    .filter((key) => gte === undefined || inKeyOrder(key, gte) >= 0)
    .filter((key) => lt === undefined || inKeyOrder(key, lt) < 0)
    .sort(inKeyOrder)
  return (reverse ? keys.reverse() : keys).slice(0, limit)
}

const apply = (disk: Disk, encoded: readonly EncodedWrite[]) => {
  for (const { collection, key, bytes } of encoded) {
    const records = disk.get(collection) ?? new Map<string, Uint8Array>()
    disk.set(collection, records)
    if (bytes === undefined) records.delete(key)
    else records.set(key, bytes)
  }
}

type Failure = 'lost' | 'written' | null

/** A store in memory with the rules of the one on disk, and ways to break it. */
export const createMemoryStore = (start: StoreSnapshot = new Map()): MemoryStore => {
  const disk = copyOf(start)
  const encoder = createWriteEncoder()
  let failure: Failure = null
  let isBroken = false
  let isStopped = false
  let commitsLeft = Number.POSITIVE_INFINITY
  let commits = 0

  const unavailable = () => new Fault('STORE_UNAVAILABLE', 'The store failed a write')
  const collection = <T>(kind: RecordKind<T>) => {
    encoder.register(kind)
    const read = (key: string): T | undefined => {
      if (isStopped) throw unavailable()
      const bytes = disk.get(kind.name)?.get(key)
      return bytes && decodeRecord(kind, bytes)
    }
    return {
      get: async (key: string) => read(key),
      put: (key: string, value: T) => ({ collection: kind.name, key, value }),
      remove: (key: string) => ({ collection: kind.name, key, value: undefined }),
      async *list(range: KeyRange = {}): AsyncGenerator<[string, T]> {
        for (const key of keysIn(disk.get(kind.name)?.keys() ?? [], range)) {
          const value = read(key)
          if (value !== undefined) yield [key, value]
        }
      },
    }
  }
  const commit = async (writes: readonly Write[]) => {
    const encoded = writes.map(encoder.encode)
    if (isStopped) throw unavailable()
    await null
    if (commitsLeft <= 0) return new Promise<void>(() => {})
    if (isBroken) throw unavailable()
    if (failure !== 'lost') apply(disk, encoded)
    if (failure !== null) {
      isBroken = true
      throw unavailable()
    }
    commits += 1
    commitsLeft -= 1
  }
  return {
    collection,
    commit,
    stop: async () => {
      isStopped = true
      await null
    },
    failNextCommit: ({ written = false } = {}) => {
      failure = written ? 'written' : 'lost'
    },
    crashAfter: (count) => {
      commitsLeft = count
    },
    commits: () => commits,
    snapshot: () => copyOf(disk),
    reopen: () => {
      commitsLeft = 0
      return createMemoryStore(disk)
    },
  }
}

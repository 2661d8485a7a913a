import { Level } from 'level'
import { type Address, Fault } from '../../../protocols/common/index.ts'
import type { Collection, KeyRange, Log, RecordKind, Store } from '../../ports/index.ts'
import type { StoreFault } from './faults.ts'
import { createGroupCommit } from './group-commit.ts'
import { decodeRecord, encodeRecord } from './record-bytes.ts'
import { createWriteEncoder, type EncodedWrite } from './write-encoder.ts'

export type LevelStoreOptions = {
  /** Holds the database and nothing else. */
  folder: string
  /** Promises and debts of one agent on one chain must never be read as another's. */
  owner: { agent: Address; chainId: number }
  log: Log
}

type Database = Level<string, Uint8Array>
type Owner = LevelStoreOptions['owner']
type Operation = { type: 'put'; key: string; value: Uint8Array } | { type: 'del'; key: string }

// No collection can be called this.
const OWNER_KEY = '!owner'
const OWNER_VERSION = 1

const keyOf = (collection: string, key: string): string => `${collection}\u0000${key}`

const rangeOf = (collection: string, range: KeyRange) => {
  const from =
    range.gt === undefined
      ? { gte: keyOf(collection, range.gte ?? '') }
      : { gt: keyOf(collection, range.gt) }
  const until = range.lt === undefined ? `${collection}\u0001` : keyOf(collection, range.lt)
  return { ...from, lt: until, reverse: range.reverse ?? false, limit: range.limit ?? -1 }
}

const cannotOpen = (folder: string, cause: unknown): Fault<StoreFault> => {
  const reason = (cause as { cause?: { code?: string } }).cause?.code
  return reason === 'LEVEL_LOCKED'
    ? new Fault('DATABASE_IN_USE', `Another process has the database in ${folder} open`, {
        cause,
        folder,
      })
    : new Fault('STORE_UNAVAILABLE', `The database in ${folder} cannot be opened`, {
        cause,
        folder,
      })
}

const open = async (folder: string): Promise<Database> => {
  const database: Database = new Level(folder, { keyEncoding: 'utf8', valueEncoding: 'view' })
  try {
    await database.open()
    return database
  } catch (cause) {
    throw cannotOpen(folder, cause)
  }
}

const claim = async (database: Database, owner: Owner): Promise<void> => {
  const bytes = await database.get(OWNER_KEY)
  if (bytes === undefined) {
    const value = encodeRecord(OWNER_VERSION, { agent: owner.agent, chainId: owner.chainId })
    return database.put(OWNER_KEY, value, { sync: true })
  }
  const found = decodeRecord<Owner>({ name: 'owner', version: OWNER_VERSION }, bytes)
  if (found.agent === owner.agent && found.chainId === owner.chainId) return
  throw new Fault<StoreFault>(
    'DATABASE_OF_ANOTHER_AGENT',
    `This database belongs to ${found.agent} on chain ${found.chainId}, not to ${owner.agent} on chain ${owner.chainId}`,
    { found, expected: owner },
  )
}

const createCollection = <T>(database: Database, kind: RecordKind<T>): Collection<T> => ({
  get: async (key) => {
    const bytes = await database.get(keyOf(kind.name, key))
    return bytes && decodeRecord(kind, bytes)
  },
  put: (key, value) => ({ collection: kind.name, key, value }),
  remove: (key) => ({ collection: kind.name, key, value: undefined }),
  async *list(range = {}) {
    for await (const [key, bytes] of database.iterator(rangeOf(kind.name, range))) {
      yield [key.slice(kind.name.length + 1), decodeRecord(kind, bytes)]
    }
  },
})

const operationOf = ({ collection, key, bytes }: EncodedWrite): Operation => {
  const at = keyOf(collection, key)
  return bytes === undefined ? { type: 'del', key: at } : { type: 'put', key: at, value: bytes }
}

/** The store in a LevelDB database. Throws Fault DATABASE_IN_USE, DATABASE_OF_ANOTHER_AGENT or STORE_UNAVAILABLE. */
export const openLevelStore = async ({ folder, owner, log }: LevelStoreOptions): Promise<Store> => {
  const database = await open(folder)
  try {
    await claim(database, owner)
  } catch (error) {
    await database.close()
    throw error
  }
  const encoder = createWriteEncoder()
  const group = createGroupCommit<EncodedWrite>(async (writes) => {
    try {
      await database.batch(writes.map(operationOf), { sync: true })
    } catch (error) {
      log.error({ error, folder }, 'database write failed')
      throw error
    }
  })
  return {
    collection: (kind) => {
      encoder.register(kind)
      return createCollection(database, kind)
    },
    // Encoded before anything is awaited: what the caller changes afterwards is not stored.
    commit: async (writes) => group.commit(writes.map(encoder.encode)),
    stop: async () => {
      await group.close()
      await database.close()
    },
  }
}

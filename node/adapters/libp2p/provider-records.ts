import { randomInt } from 'node:crypto'
import type { LevelDatastore } from 'datastore-level'
import type { Level } from 'level'
import type { PeerId } from '../../../protocols/common/index.ts'

/** Where the DHT keeps who provides what: `/dht/provider/<cid>/<peer>`. */
const PROVIDER_PREFIX = '/dht/provider/'

const MAX_RECORDS = 65_536
const MAX_PER_PEER = 1_024

export type ProviderLimits = {
  /** The database below the store. */
  database: Level<string, Uint8Array>
  /** Its own records are never refused or dropped. */
  self: PeerId
  maxRecords?: number
  maxPerPeer?: number
}

type Book = { keys: string[]; at: Map<string, number>; perPeer: Map<PeerId, number> }

const peerOf = (key: string): PeerId => key.slice(key.lastIndexOf('/') + 1)

const add = ({ keys, at, perPeer }: Book, key: string): void => {
  if (at.has(key)) return
  at.set(key, keys.push(key) - 1)
  perPeer.set(peerOf(key), (perPeer.get(peerOf(key)) ?? 0) + 1)
}

const remove = ({ keys, at, perPeer }: Book, key: string): void => {
  const index = at.get(key)
  const last = keys.at(-1)
  if (index === undefined || last === undefined) return
  // The last one takes its place, so that one can be drawn by number.
  keys[index] = last
  at.set(last, index)
  keys.pop()
  at.delete(key)
  const left = (perPeer.get(peerOf(key)) ?? 1) - 1
  if (left > 0) perPeer.set(peerOf(key), left)
  else perPeer.delete(peerOf(key))
}

/**
 * Bounds the provider records that strangers may leave here: so many from each peer, so many in all. In a full book a record drawn
 * by lot makes room, so nobody can choose whose goes; honest providers tell again.
 */
export const limitProviders = async (
  store: LevelDatastore,
  { database, self, maxRecords = MAX_RECORDS, maxPerPeer = MAX_PER_PEER }: ProviderLimits,
): Promise<LevelDatastore> => {
  const book: Book = { keys: [], at: new Map(), perPeer: new Map() }
  const isOther = (key: string) => key.startsWith(PROVIDER_PREFIX) && peerOf(key) !== self
  const stored = database.keys({ gte: PROVIDER_PREFIX, lt: `${PROVIDER_PREFIX}\uffff` })
  for await (const key of stored) if (isOther(key)) add(book, key)
  const put = store.put.bind(store)
  const drop = store.delete.bind(store)
  store.put = async (key, value, options) => {
    const name = key.toString()
    if (isOther(name) && !book.at.has(name)) {
      if ((book.perPeer.get(peerOf(name)) ?? 0) >= maxPerPeer) return key
      if (book.keys.length >= maxRecords) {
        const drawn = book.keys[randomInt(book.keys.length)] as string
        remove(book, drawn)
        await database.del(drawn)
      }
      add(book, name)
    }
    return put(key, value, options)
  }
  store.delete = async (key, options) => {
    remove(book, key.toString())
    return drop(key, options)
  }
  return store
}

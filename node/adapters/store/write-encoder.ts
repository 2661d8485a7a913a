import type { RecordKind, Write } from '../../ports/index.ts'
import { encodeRecord } from './record-bytes.ts'

/** A write as bytes; without them it removes the record. */
export type EncodedWrite = { collection: string; key: string; bytes: Uint8Array | undefined }

const COLLECTION_NAME = /^[a-z][a-z0-9-]*$/

/** Remembers which version each collection writes, and encodes writes with it. */
export const createWriteEncoder = () => {
  const versions = new Map<string, number>()
  return {
    register: ({ name, version }: Pick<RecordKind<unknown>, 'name' | 'version'>): void => {
      if (!COLLECTION_NAME.test(name)) throw new TypeError(`Not a collection name: ${name}`)
      const known = versions.get(name) ?? version
      if (known !== version) throw new TypeError(`Collection ${name} has two versions`)
      versions.set(name, version)
    },
    encode: ({ collection, key, value }: Write): EncodedWrite => {
      const version = versions.get(collection)
      if (version === undefined) throw new TypeError(`No collection ${collection}`)
      return { collection, key, bytes: value === undefined ? value : encodeRecord(version, value) }
    },
  }
}

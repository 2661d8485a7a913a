import { decode } from 'cborg'
import { Level } from 'level'

const fromBigEndian = (bytes: Uint8Array): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

const tags = { 2: (content: () => unknown) => fromBigEndian(content() as Uint8Array) }

/** Records as they lie on disk, read without any of the node's own code: collection, then key. */
export type RawRecords = ReadonlyMap<string, ReadonlyMap<string, unknown>>

/** The database must be closed. */
export const readRecords = async (folder: string): Promise<RawRecords> => {
  const database = new Level<string, Uint8Array>(folder, {
    keyEncoding: 'utf8',
    valueEncoding: 'view',
  })
  await database.open()
  const found = new Map<string, Map<string, unknown>>()
  for await (const [path, bytes] of database.iterator()) {
    const [collection = '', key = ''] = path.split('\u0000')
    const records = found.get(collection) ?? new Map<string, unknown>()
    found.set(collection, records)
    records.set(key, (decode(bytes, { tags }) as [number, unknown])[1])
  }
  await database.close()
  return found
}

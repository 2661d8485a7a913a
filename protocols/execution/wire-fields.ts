import { CID } from 'multiformats/cid'
import type { CborValue, Cid } from '../common/index.ts'

const RAW = 0x55
const DAG_CBOR = 0x71
const SHA2_256 = 0x12
const MAX_CID_CHARS = 128
const utf8 = new TextEncoder()

/** The one spelling of a content id: CIDv1, base32, SHA-256 of raw bytes or of a chunk list. */
export const isCid = (value: unknown): value is Cid => {
  if (typeof value !== 'string' || value.length > MAX_CID_CHARS) return false
  try {
    const cid = CID.parse(value)
    if (cid.version !== 1 || (cid.code !== RAW && cid.code !== DAG_CBOR)) return false
    if (cid.multihash.code !== SHA2_256 || cid.multihash.digest.length !== 32) return false
    return CID.createV1(cid.code, cid.multihash).toString() === value
  } catch {
    return false
  }
}

/** UTF-8 text of at most this many bytes that C strings can hold. */
export const isText = (value: unknown, maxBytes: number): value is string =>
  typeof value === 'string' &&
  value.length <= maxBytes &&
  value.isWellFormed() &&
  !value.includes('\0') &&
  utf8.encode(value).length <= maxBytes

export const isCount = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max

/** Normal relative path: segments joined by single slashes, none of them `.` or `..`, at most 255 bytes. */
export const isPath = (value: unknown): value is string =>
  isText(value, 255) &&
  value.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1

/** A string map as [key, value] pairs in key order (UTF-16 code units), so that it has one form only. */
export const pairsToWire = (record: Readonly<Record<string, string>>): CborValue[] =>
  Object.entries(record).sort(byKey)

const isPair = (value: CborValue): value is [string, string] =>
  Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === 'string')

/** The string map of pairs; null unless all are pairs of texts. Order and repetition show when it is encoded again. */
export const pairsFromWire = (value: CborValue | undefined): Record<string, string> | null =>
  Array.isArray(value) && value.every(isPair) ? Object.fromEntries(value) : null

export const textsFromWire = (value: CborValue | undefined): string[] | null =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? [...value] : null

export const isSameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

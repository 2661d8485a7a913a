import type { Inspected } from '../frames/index.ts'
import { decodeFrame, decodePrefix, encodeFrame, PREFIX_BYTES } from '../frames/index.ts'

/** A module that may run, as it is kept: what was said of it, and its metered bytes. */
export type CachedModule = { inspection: Inspected['inspection']; metered: Uint8Array }

/** SHA-256; off this thread where that pays. */
export type Digest = (bytes: Uint8Array) => Promise<Uint8Array>

const DIGEST_BYTES = 32
const TYPE = 'module'

/** The bytes of a file: SHA-256 of all the rest, then a frame that names the key. */
export const encodeEntry = async (
  key: string,
  { inspection, metered }: CachedModule,
  digest: Digest,
): Promise<Uint8Array> => {
  const frame = encodeFrame({ header: { type: TYPE, key, inspection }, parts: [metered] })
  const bytes = Buffer.concat([new Uint8Array(DIGEST_BYTES), ...frame])
  bytes.set(await digest(bytes.subarray(DIGEST_BYTES)), 0)
  return bytes
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

/** What a file holds; null unless it is whole, undamaged, and of that key. */
export const decodeEntry = async (
  key: string,
  bytes: Uint8Array,
  digest: Digest,
): Promise<CachedModule | null> => {
  const rest = bytes.subarray(DIGEST_BYTES)
  if (rest.length < PREFIX_BYTES) return null
  if (!isSame(await digest(rest), bytes.subarray(0, DIGEST_BYTES))) return null
  const { header: length } = decodePrefix(rest)
  const from = PREFIX_BYTES + length
  const { header, parts } = decodeFrame(rest.subarray(PREFIX_BYTES, from), rest.subarray(from))
  const [metered] = parts
  if (header.type !== TYPE || header.key !== key || !metered) return null
  return { inspection: header.inspection as Inspected['inspection'], metered }
}

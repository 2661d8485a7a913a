import { createHash } from 'node:crypto'

// Below this size hashing is quicker than handing it to another thread.
const SMALL_BYTES = 256 << 10

/** SHA-256, on another thread where there is much to hash. */
export const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> => {
  if (bytes.length < SMALL_BYTES) return createHash('sha256').update(bytes).digest()
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
}

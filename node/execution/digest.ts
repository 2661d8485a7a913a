import { setImmediate } from 'node:timers/promises'
import { createKeccak } from 'hash-wasm'
import { keccak256 } from '../../protocols/common/index.ts'
import type { Digest } from '../../protocols/execution/index.ts'

const PIECE_BYTES = 256 << 10

/** keccak256 that lets other work in after each 256 KiB: a result may be 64 MiB, and payments do not wait for it. */
export const digestInPieces: Digest = async (bytes) => {
  if (bytes.length <= PIECE_BYTES) return keccak256(bytes)
  const hasher = await createKeccak(256)
  hasher.init()
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    hasher.update(bytes.subarray(at, at + PIECE_BYTES))
    await setImmediate()
  }
  return hasher.digest('binary')
}

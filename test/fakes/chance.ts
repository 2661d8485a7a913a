import { createHash } from 'node:crypto'
import type { Chance } from '../../node/ports/index.ts'

/** Bytes that look random and are the same for the same seed. */
export const createSeededChance = (seed: string | number = 0): Chance => {
  let block = 0
  const nextBlock = () => createHash('sha256').update(`${seed}:${block++}`).digest()
  return {
    bytes: (length) => {
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; at += 32) bytes.set(nextBlock().subarray(0, length - at), at)
      return bytes
    },
  }
}

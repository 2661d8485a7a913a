import { createHash } from 'node:crypto'

/** Fills buffers with SHA-256(seed, n) for n = 0, 1, 2 ... so that the same task sees the same chance everywhere. */
export const createRandomStream = (seed: Uint8Array): ((target: Uint8Array) => void) => {
  let counter = 0n
  let block = new Uint8Array(0)
  const nextBlock = () => {
    const number = new Uint8Array(8)
    new DataView(number.buffer).setBigUint64(0, counter++, true)
    return new Uint8Array(createHash('sha256').update(seed).update(number).digest())
  }
  return (target) => {
    for (let at = 0; at < target.length; ) {
      if (block.length === 0) block = nextBlock()
      const taken = block.subarray(0, target.length - at)
      target.set(taken, at)
      at += taken.length
      block = block.subarray(taken.length)
    }
  }
}

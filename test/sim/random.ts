import { createHash } from 'node:crypto'

/** Choices that are the same for the same seed. */
export type Random = {
  /** From 0 to 1, without 1. */
  unit(): number
  below(limit: number): number
  pick<T>(items: readonly T[]): T
  shuffled<T>(items: readonly T[]): T[]
}

export const createRandom = (seed: string): Random => {
  let block = 0
  let bytes = Buffer.alloc(0)
  const nextWord = (): number => {
    if (bytes.length < 4) bytes = createHash('sha256').update(`${seed}:${block++}`).digest()
    const word = bytes.readUInt32LE(0)
    bytes = bytes.subarray(4)
    return word
  }
  const unit = () => nextWord() / 2 ** 32
  const below = (limit: number) => Math.floor(unit() * limit)
  return {
    unit,
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    shuffled: (items) => {
      const mixed = [...items]
      for (let index = mixed.length - 1; index > 0; index--) {
        const other = below(index + 1)
        const kept = mixed[index] as (typeof mixed)[number]
        mixed[index] = mixed[other] as (typeof mixed)[number]
        mixed[other] = kept
      }
      return mixed
    },
  }
}

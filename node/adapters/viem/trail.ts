import type { Hash } from '../../../protocols/common/index.ts'
import type { ChainEvent } from '../../ports/index.ts'

/** A block up to which everything has been told, and its hash then. */
export type Checkpoint = { block: number; hash: Hash }

/** Where the chain parted from what was told: the last block that still holds, and what no longer does, newest first. */
export type Fork = { block: number; undone: readonly ChainEvent[] }

const KEPT = 128

const undo = ({ channelId, block, transaction, type }: ChainEvent): ChainEvent => ({
  channelId,
  block,
  transaction,
  type: 'channel-undone',
  undone: type,
})

/** Remembers the newest blocks that were told and what was told of them, so that a reorganisation can be noticed and taken back. */
export const createTrail = () => {
  let checkpoints: Checkpoint[] = []
  let told: ChainEvent[] = []

  return {
    add: (checkpoint: Checkpoint, events: readonly ChainEvent[]): void => {
      checkpoints = [...checkpoints, checkpoint].slice(-KEPT)
      const [oldest = checkpoint] = checkpoints
      told = [...told, ...events].filter(({ block }) => block >= oldest.block)
    },
    /**
     * Compares what was told with the chain as it is, whose newest block is `head`; null while nothing contradicts. A chain that is
     * merely shorter may be a server that lags.
     */
    forkAt: async (
      head: number,
      hashAt: (block: number) => Promise<Hash | null>,
    ): Promise<Fork | null> => {
      const known = checkpoints.filter(({ block }) => block <= head)
      let held = known.length
      for (; held > 0; held -= 1) {
        const { block, hash } = known[held - 1] as Checkpoint
        if ((await hashAt(block)) === hash) break
      }
      const [oldest] = known
      if (oldest === undefined || held === known.length) return null
      const block = known[held - 1]?.block ?? oldest.block - 1
      const undone = told.filter((event) => event.block > block).map(undo)
      checkpoints = known.slice(0, held)
      told = told.filter((event) => event.block <= block)
      return { block, undone: undone.reverse() }
    },
  }
}

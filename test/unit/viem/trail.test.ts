import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { createTrail } from '../../../node/adapters/viem/trail.ts'
import type { ChainEvent } from '../../../node/ports/index.ts'
import type { Hash } from '../../../protocols/common/index.ts'
import { hashOfBlock, hex } from './viem-world.ts'

const anEvent = (block: number): ChainEvent => ({
  type: 'channel-closing',
  channelId: `0x${'aa'.repeat(32)}`,
  block,
  transaction: `0x${block.toString(16).padStart(64, '0')}`,
  closeAt: 9,
})

// Two histories that part after a block.
const history =
  (parting: number, head: number) =>
  async (block: number): Promise<Hash | null> =>
    block > head ? null : hashOfBlock(hex(block), block > parting ? 'ff' : '00')

const told = (blocks: readonly number[]) => {
  const trail = createTrail()
  for (const block of blocks) {
    trail.add({ block, hash: hashOfBlock(hex(block)) }, [anEvent(block)])
  }
  return trail
}

describe('a trail of told blocks', () => {
  it('finds nothing while the chain agrees, grows, or is merely shorter', async () => {
    const trail = told([5, 6, 7])
    assert.equal(await trail.forkAt(7, history(99, 99)), null)
    assert.equal(await trail.forkAt(12, history(99, 99)), null)
    assert.equal(await trail.forkAt(6, history(99, 6)), null)
    assert.equal(await trail.forkAt(3, history(99, 3)), null)
    assert.equal(await createTrail().forkAt(3, history(0, 99)), null)
  })

  it('finds where the chain parted, and what is no longer in it, newest first', async () => {
    const trail = told([5, 6, 7, 8])
    const fork = await trail.forkAt(8, history(6, 99))
    assert.equal(fork?.block, 6)
    assert.deepEqual(
      fork?.undone.map(({ type, block }) => [type, block]),
      [
        ['channel-undone', 8],
        ['channel-undone', 7],
      ],
    )
    assert.equal(await trail.forkAt(8, history(6, 99)), null)
  })

  it('goes back before its oldest block when all are gone', async () => {
    const fork = await told([5, 6]).forkAt(6, history(2, 99))
    assert.equal(fork?.block, 4)
    assert.equal(fork?.undone.length, 2)
  })

  it('finds any parting among the newest blocks', async () => {
    const depth = fc.nat(20)
    await fc.assert(
      fc.asyncProperty(depth, async (back) => {
        const blocks = Array.from({ length: 200 }, (_, index) => index + 1)
        const fork = await told(blocks).forkAt(200, history(200 - back, 999))
        if (back === 0) assert.equal(fork, null)
        else assert.deepEqual([fork?.block, fork?.undone.length], [200 - back, back])
      }),
      { numRuns: 25 },
    )
  })
})

import assert from 'node:assert/strict'
import type { Content } from '../../../node/ports/index.ts'
import { buy, createTradingWorld, sold, turnUntil } from '../../builders/trading-world.ts'

describe('a provider whose outputs are not those of its receipt', () => {
  it('is found out, and is not paid the rest', async () => {
    const world = createTradingWorld()
    const ann = await world.buyer()
    const swapping = (content: Content): Content => ({
      ...content,
      put: (bytes) => content.put(bytes.length === 3 ? new TextEncoder().encode('no\n') : bytes),
    })
    const bob = await world.seller('bob', { wrapContent: swapping })
    const task = await buy(world, ann)
    assert.deepEqual([task.phase, task.code, task.paid], ['failed', 'RESULT_MISMATCH', '410000'])
    assert.equal(ann.now.scoreboard.scoreOf(bob.address), 4_500)
    assert.deepEqual(ann.now.channel.reservations(), [])
    await assert.rejects(ann.now.api.result(task.id), { code: 'RESULT_MISMATCH' })
    await turnUntil(world, async () => (await sold(bob, task)).phase === 'failed')
    assert.equal((await sold(bob, task)).code, 'ACCEPTANCE_TIMEOUT')
    assert.equal(bob.now.channel.list()[0]?.sent, '410000')
    await world.stop()
  })
})

describe('a result that cannot be had', () => {
  it('is asked for until the review is over, and then the rest is not paid', async () => {
    const world = createTradingWorld()
    const ann = await world.buyer('ann', {
      wrapContent: (content) => ({
        ...content,
        get: (cid, options) =>
          content.get(cid, options.maxBytes === 1 << 20 ? { ...options, maxBytes: 2 } : options),
      }),
    })
    await world.seller('bob')
    const task = await buy(world, ann)
    assert.deepEqual([task.phase, task.code], ['failed', 'CONTENT_TOO_LARGE'])
    assert.ok(task.updatedAtMs - task.createdAtMs >= 60_000)
    await world.stop()
  })
})

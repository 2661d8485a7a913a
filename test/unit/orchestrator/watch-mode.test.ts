import assert from 'node:assert/strict'
import { routes } from '../../../protocols/control/index.ts'
import {
  buy,
  createTradingWorld,
  type TradingAgent,
  type TradingWorld,
} from '../../builders/trading-world.ts'

describe('two nodes with a confirmed channel while the chain does not answer', () => {
  let world: TradingWorld
  let ann: TradingAgent
  beforeEach(async () => {
    world = createTradingWorld()
    ann = await world.buyer()
    await world.seller('bob')
    await buy(world, ann, { requestId: 'before' })
    world.chain.failures.setReachable(false)
    await world.clock.advance(60_000)
  })
  afterEach(() => world.stop())

  it('go on trading over it, and each shows that it only watches', async () => {
    const chain = routes.chainStatus.answer.parse(await ann.now.api.chainStatus())
    assert.equal(chain.isReachable, false)
    assert.ok(chain.since > 0)
    const task = await buy(world, ann, { requestId: 'meanwhile' })
    assert.deepEqual([task.phase, task.code, task.message], ['settled', null, null])
  })

  it('are back by themselves when it is', async () => {
    world.chain.failures.setReachable(true)
    await world.clock.advance(60_000)
    assert.equal((await ann.now.api.chainStatus()).isReachable, true)
    const [channel] = await ann.now.api.channels()
    assert.equal(channel?.phase, 'open')
  })
})

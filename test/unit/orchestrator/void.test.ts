import assert from 'node:assert/strict'
import type { Talk } from '../../../node/ports/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import type { TaskView } from '../../../protocols/control/index.ts'
import {
  anOrder,
  buy,
  createTradingWorld,
  sold,
  type TradingAgent,
  type TradingWorld,
  turnUntil,
  untilPhase,
} from '../../builders/trading-world.ts'

/** Answers the first starts with a fault. */
const refusingStarts =
  (code: string, times: number) =>
  (talk: Talk): Talk => {
    let left = times
    return {
      ...talk,
      serve: (protocol, type, handler) =>
        talk.serve(protocol, type, async (body, from) => {
          if (type !== 'start' || left === 0) return handler(body, from)
          left -= 1
          throw new Fault(code, 'not now')
        }),
    }
  }

describe('an agreement', () => {
  let world: TradingWorld
  beforeEach(() => {
    world = createTradingWorld(['ann', 'bob'])
  })
  afterEach(() => world.stop())

  const assertVoid = async (buyer: TradingAgent, bob: TradingAgent, task: TaskView) => {
    assert.equal(task.phase, 'void')
    assert.equal(task.paid, '0')
    assert.deepEqual(buyer.now.channel.reservations(), [])
    await turnUntil(world, async () => (await sold(bob, task)).phase === 'void')
    assert.equal((await sold(bob, task)).code, 'START_TIMEOUT')
    assert.equal(bob.now.capacity.free(), 2)
    for (const { reserved, sent } of bob.now.channel.list()) {
      assert.deepEqual([reserved, sent], ['0', '0'])
    }
    assert.equal(bob.sandbox.jobs.length, 0)
  }

  it('whose deposit cannot be paid is void, and nothing was paid', async () => {
    const poor = await world.buyer('poor')
    const bob = await world.seller('bob')
    const task = await buy(world, poor)
    assert.equal(task.code, 'FUNDING_FAILED')
    await assertVoid(poor, bob, task)
  })

  it('that an unreachable chain keeps from being funded is void once its time is over', async () => {
    const ann = await world.buyer()
    const bob = await world.seller('bob')
    const { id } = await ann.now.api.executeWithPayment(anOrder())
    await world.clock.advance(1_000)
    world.chain.failures.setReachable(false)
    const task = await untilPhase(world, { agent: ann, id, phases: ['void'] })
    assert.equal(task.code, 'FUNDING_FAILED')
    await assertVoid(ann, bob, task)
  })

  it('does not keep a node from stopping while the chain is away', async () => {
    const ann = await world.buyer()
    await world.seller('bob')
    const { id } = await ann.now.api.executeWithPayment(anOrder())
    await world.clock.advance(1_000)
    world.chain.failures.setAutomine(false)
    await untilPhase(world, { agent: ann, id, phases: ['agreed'] })
    await ann.now.requester.stop()
    assert.equal(ann.now.tasks.require(id).journey.phase, 'agreed')
  })

  it('that the provider never starts is void once its time is over', async () => {
    const ann = await world.buyer()
    const bob = await world.seller('bob')
    world.network.intercept(({ type }) => (type === 'start' ? 'lose-request' : 'deliver'))
    const task = await buy(world, ann)
    assert.equal(task.code, 'START_TIMEOUT')
    await assertVoid(ann, bob, task)
  })

  it('that the provider refuses to start is void', async () => {
    const ann = await world.buyer()
    const bob = await world.seller('bob', { wrapTalk: refusingStarts('CHANNEL_FROZEN', 1) })
    const task = await buy(world, ann)
    assert.equal(task.code, 'CHANNEL_FROZEN')
    await assertVoid(ann, bob, task)
  })

  it('whose deposit the provider sees later is started later', async () => {
    const ann = await world.buyer()
    await world.seller('bob', { wrapTalk: refusingStarts('CHANNEL_UNCONFIRMED', 3) })
    const task = await buy(world, ann)
    assert.equal(task.phase, 'settled')
  })

  it('whose start was answered to nobody runs once all the same', async () => {
    const ann = await world.buyer()
    const bob = await world.seller('bob')
    let lost = 0
    world.network.intercept(({ type }) => {
      if (type !== 'start' || lost === 2) return 'deliver'
      lost += 1
      return 'lose-answer'
    })
    const task = await buy(world, ann)
    assert.equal(task.phase, 'settled')
    assert.equal(bob.sandbox.jobs.length, 1)
  })
})

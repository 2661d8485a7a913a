import assert from 'node:assert/strict'
import {
  anOrder,
  createTradingWorld,
  DEPOSIT,
  sold,
  type TradingAgent,
  type TradingWorld,
  turnUntil,
  USUAL_COST,
  untilPhase,
} from '../../builders/trading-world.ts'

describe('a task under way', () => {
  let world: TradingWorld
  let ann: TradingAgent
  let bob: TradingAgent
  let finish: () => void
  let id: string
  beforeEach(async () => {
    world = createTradingWorld()
    ann = await world.buyer()
    const held = Promise.withResolvers<void>()
    finish = held.resolve
    bob = await world.seller('bob', { script: { until: held.promise } })
    id = (await ann.now.api.executeWithPayment(anOrder())).id
    await untilPhase(world, { agent: ann, id, phases: ['running'] })
    await turnUntil(world, () => bob.gates.length === 4)
  })
  afterEach(async () => {
    finish()
    await world.stop()
  })

  const atDeadline = () => untilPhase(world, { agent: ann, id, phases: ['failed'] })

  it('whose provider vanishes fails at its deadline, and what was not paid is free again', async () => {
    bob.now.life.kill()
    const task = await atDeadline()
    assert.equal(task.code, 'DELIVERY_TIMEOUT')
    assert.equal(task.paid, '410000')
    assert.equal(ann.now.channel.list()[0]?.free, String(DEPOSIT - 410_000n))
    assert.deepEqual(ann.now.channel.reservations(), [])
    assert.equal(ann.now.scoreboard.scoreOf(bob.address), 4_500)
  })

  it('whose provider comes back too late is refunded', async () => {
    bob.now.life.kill()
    const task = await atDeadline()
    await bob.restart()
    await turnUntil(world, async () => (await ann.now.api.task(id)).refunded === '410000')
    assert.deepEqual((await sold(bob, task)).code, 'PROVIDER_RESTARTED')
    assert.equal(ann.now.channel.list()[0]?.free, String(DEPOSIT))
  })

  it('that is done too late is refunded without asking', async () => {
    const task = await atDeadline()
    finish()
    await turnUntil(world, async () => (await ann.now.api.task(id)).refunded === '410000')
    const deal = await sold(bob, task)
    assert.deepEqual(
      [deal.phase, deal.code, deal.refunded],
      ['failed', 'DELIVERY_TIMEOUT', '410000'],
    )
  })

  it('whose provider stops in its middle is given up, and taken for broken at its next start', async () => {
    const stopping = bob.now.stop()
    finish()
    await turnUntil(world, async () => {
      await stopping
      return true
    })
    assert.equal((await bob.now.deals.list())[0]?.journey.phase, 'started')
    await bob.restart()
    const task = await atDeadline()
    assert.equal(task.code, 'PROVIDER_RESTARTED')
    await turnUntil(world, async () => (await ann.now.api.task(id)).refunded === '410000')
  })

  it('whose requester vanishes is kept for it until it is back in time', async () => {
    ann.now.node.disconnect()
    finish()
    await world.clock.advance(20_000)
    ann.now.node.reconnect()
    const task = await untilPhase(world, { agent: ann, id, phases: ['settled'] })
    assert.equal(task.paid, String(USUAL_COST))
    await turnUntil(world, async () => (await sold(bob, task)).phase === 'settled')
  })

  it('whose requester was down over the deadline is still taken when it was done in time', async () => {
    ann.now.life.kill()
    finish()
    await world.clock.advance(60_000)
    await ann.restart()
    const task = await untilPhase(world, { agent: ann, id, phases: ['settled'] })
    assert.equal(task.paid, String(USUAL_COST))
    await turnUntil(world, async () => (await sold(bob, task)).phase === 'settled')
  })

  it('whose requester never comes back is given up once the time to accept is over', async () => {
    ann.now.life.kill()
    finish()
    await turnUntil(world, () => bob.now.deals.live().length === 0)
    const [deal] = await bob.now.deals.list()
    assert.equal(deal?.journey.phase, 'failed')
    assert.equal(bob.now.capacity.free(), 2)
    assert.equal(bob.now.channel.list()[0]?.reserved, '0')
    assert.equal(bob.now.channel.list()[0]?.sent, '410000')
  })
})

describe('a requester that vanishes between two slices', () => {
  it('loses its provider after a while, which keeps what it was paid', async () => {
    const world = createTradingWorld()
    const ann = await world.buyer()
    const bob = await world.seller('bob')
    world.network.intercept(({ type, from }) => {
      if (type === 'progress' && from === bob.address && bob.gates.length === 2) {
        ann.now.node.disconnect()
      }
      return 'deliver'
    })
    await ann.now.api.executeWithPayment(anOrder())
    await turnUntil(world, async () => (await bob.now.deals.list())[0]?.journey.phase === 'failed')
    const [deal] = (await bob.now.api.tasks({ cursor: null, limit: 1 })).items
    assert.deepEqual([deal?.code, deal?.paid, deal?.refunded], ['SLICE_UNPAID', '210000', '0'])
    assert.deepEqual(
      bob.gates.map(({ answer }) => answer),
      ['continue', 'continue', 'stop'],
    )
    await world.stop()
  })
})

describe('a payment that the provider does not acknowledge', () => {
  it('stays promised, and counts as soon as the two meet again', async () => {
    const world = createTradingWorld()
    const ann = await world.buyer()
    const bob = await world.seller('bob', { script: { fuelUsed: 10_000_000n } })
    world.network.intercept(({ type }) => (type === 'pay' ? 'lose-request' : 'deliver'))
    const { id } = await ann.now.api.executeWithPayment(anOrder())
    const task = await untilPhase(world, { agent: ann, id, phases: ['settled'] })
    assert.equal(task.paid, '20000')
    world.network.intercept(null)
    bob.now.node.disconnect()
    bob.now.node.reconnect()
    await turnUntil(world, async () => (await sold(bob, task)).paid === '20000')
    assert.deepEqual(ann.now.channel.reservations(), [])
    await world.stop()
  })
})

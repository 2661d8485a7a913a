import assert from 'node:assert/strict'
import type { TaskView } from '../../../protocols/control/index.ts'
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

let world: TradingWorld
let ann: TradingAgent
let bob: TradingAgent
let finish: () => void
const enter = async () => {
  world = createTradingWorld()
  ann = await world.buyer()
  const held = Promise.withResolvers<void>()
  finish = held.resolve
  bob = await world.seller('bob', { script: { until: held.promise } })
}
const leave = async () => {
  finish()
  await world.stop()
}

describe('a delivered task that waits for its owner', () => {
  let task: TaskView
  beforeEach(async () => {
    await enter()
    finish()
    const { id } = await ann.now.api.executeWithPayment(anOrder({ acceptance: 'manual' }))
    task = await untilPhase(world, { agent: ann, id, phases: ['delivered'] })
  })
  afterEach(leave)

  it('is not paid in full meanwhile', async () => {
    await world.clock.advance(30_000)
    const now = await ann.now.api.task(task.id)
    assert.deepEqual([now.phase, now.paid], ['delivered', '410000'])
    assert.equal((await sold(bob, task)).phase, 'delivered')
  })

  it('shows its result', async () => {
    const { stdout } = await ann.now.api.result(task.id)
    assert.equal(new TextDecoder().decode(stdout), 'ok\n')
  })

  it('is settled once its owner completes it', async () => {
    await world.clock.advance(10_000)
    await ann.now.api.complete(task.id)
    const settled = await untilPhase(world, { agent: ann, id: task.id, phases: ['settled'] })
    assert.equal(settled.paid, String(USUAL_COST))
    assert.equal((await ann.now.api.complete(task.id)).phase, 'settled')
    await turnUntil(world, async () => (await sold(bob, task)).phase === 'settled')
    const [deal] = await bob.now.deals.list()
    const { journey } = deal as { journey: { phase: string; acceptance?: unknown } }
    assert.notEqual(journey.acceptance, null)
  })

  it('counts as accepted when its owner is silent for the time of the review', async () => {
    await world.clock.advance(59_000)
    assert.equal((await ann.now.api.task(task.id)).phase, 'delivered')
    const settled = await untilPhase(world, { agent: ann, id: task.id, phases: ['settled'] })
    assert.equal(settled.paid, String(USUAL_COST))
    await turnUntil(world, async () => (await sold(bob, task)).phase === 'settled')
  })

  it('keeps waiting, and for no longer, over a restart', async () => {
    await world.clock.advance(20_000)
    await ann.restart()
    await world.clock.advance(20_000)
    assert.equal((await ann.now.api.task(task.id)).phase, 'delivered')
    await untilPhase(world, { agent: ann, id: task.id, phases: ['settled'] })
    assert.ok(world.clock.now() * 1000 - task.updatedAtMs <= 65_000)
  })

  it('can no longer be cancelled', async () => {
    await assert.rejects(ann.now.api.cancel(task.id), { code: 'WRONG_PHASE' })
    assert.equal((await ann.now.api.task(task.id)).phase, 'delivered')
  })
})

describe('an owner', () => {
  beforeEach(enter)
  afterEach(leave)

  const order = async () => (await ann.now.api.executeWithPayment(anOrder())).id
  const assertNothingHeld = async (paid: bigint) => {
    await turnUntil(world, () => ann.now.channel.reservations().length === 0)
    for (const { now } of [ann, bob]) {
      await turnUntil(world, () => now.channel.list().every(({ reserved }) => reserved === '0'))
    }
    const [channel] = ann.now.channel.list().filter(({ phase }) => phase === 'open')
    if (channel) assert.equal(channel.free, String(DEPOSIT - paid))
    await turnUntil(world, () => bob.now.capacity.free() === 2)
  }

  it('that cancels while bids come in ends the task', async () => {
    const id = await order()
    await world.clock.advance(1_000)
    const task = await ann.now.api.cancel(id)
    assert.deepEqual([task.phase, task.code], ['cancelled', 'CANCELLED'])
    await world.clock.advance(5_000)
    assert.deepEqual(await bob.now.deals.list(), [])
    await assertNothingHeld(0n)
  })

  it('that cancels just as the winner is chosen leaves nothing reserved', async () => {
    const id = await order()
    let isCancelled = false
    world.network.intercept(({ type }) => {
      if (type === 'propose' && !isCancelled) {
        isCancelled = true
        void ann.now.api.cancel(id)
      }
      return 'deliver'
    })
    const task = await untilPhase(world, { agent: ann, id, phases: ['cancelled'] })
    assert.equal(task.code, 'CANCELLED')
    await assertNothingHeld(0n)
  })

  it('that cancels before the winner has signed ends the task', async () => {
    const id = await order()
    world.network.intercept(({ type }) => (type === 'offer' ? 'lose-request' : 'deliver'))
    await untilPhase(world, { agent: ann, id, phases: ['awarded'] })
    assert.equal((await ann.now.api.cancel(id)).phase, 'cancelled')
    await assertNothingHeld(0n)
  })

  it('that cancels while the channel is opened ends the task', async () => {
    const id = await order()
    await world.clock.advance(1_000)
    world.chain.failures.setAutomine(false)
    await untilPhase(world, { agent: ann, id, phases: ['agreed'] })
    assert.equal((await ann.now.api.cancel(id)).phase, 'failed')
    world.chain.failures.setAutomine(true)
    world.chain.mine()
    await turnUntil(world, async () => (await bob.now.deals.list())[0]?.journey.phase === 'void')
    await assertNothingHeld(0n)
  })

  it('that cancels before the start ends the task', async () => {
    const id = await order()
    world.network.intercept(({ type }) => (type === 'start' ? 'lose-request' : 'deliver'))
    await untilPhase(world, { agent: ann, id, phases: ['funded'] })
    const task = await ann.now.api.cancel(id)
    assert.deepEqual([task.phase, task.code], ['failed', 'CANCELLED'])
    await turnUntil(world, async () => (await sold(bob, task)).phase === 'void')
    assert.equal((await sold(bob, task)).code, 'CANCELLED')
    await assertNothingHeld(0n)
  })

  it('that cancels in the middle of the work has paid what was done, and no more', async () => {
    const id = await order()
    await turnUntil(world, () => bob.gates.length === 4)
    const task = await ann.now.api.cancel(id)
    assert.deepEqual([task.phase, task.code, task.paid], ['failed', 'CANCELLED', '410000'])
    finish()
    await turnUntil(world, async () => (await sold(bob, task)).phase === 'failed')
    assert.equal((await sold(bob, task)).code, 'CANCELLED')
    assert.equal((await ann.now.api.economicStatus(id)).reputationDelta, 0)
    await assertNothingHeld(410_000n)
  })

  it('cannot cancel or complete what is over, what is sold, or what does not exist', async () => {
    const id = await order()
    await assert.rejects(ann.now.api.complete(id), { code: 'WRONG_PHASE' })
    finish()
    const task = await untilPhase(world, { agent: ann, id, phases: ['settled'] })
    const agreement = task.agreementHash as string
    await assert.rejects(ann.now.api.cancel(id), { code: 'WRONG_PHASE' })
    await assert.rejects(bob.now.api.cancel(agreement), { code: 'WRONG_PHASE' })
    await assert.rejects(bob.now.api.complete(agreement), { code: 'WRONG_PHASE' })
    await assert.rejects(ann.now.api.cancel('nothing'), { code: 'NOT_FOUND' })
    await assert.rejects(ann.now.api.complete(`0x${'00'.repeat(32)}`), { code: 'NOT_FOUND' })
  })
})

import assert from 'node:assert/strict'
import type { Hash } from '../../../protocols/common/index.ts'
import {
  anOrder,
  buy,
  createTradingWorld,
  DEPOSIT,
  during,
  FULL_PRICE,
  START_BALANCE,
  sold,
  type TradingAgent,
  type TradingWorld,
  turnUntil,
  USUAL_COST,
  USUAL_FUEL,
} from '../../builders/trading-world.ts'

describe('a task that two sellers can do', () => {
  let world: TradingWorld
  let ann: TradingAgent
  let bob: TradingAgent
  let cleo: TradingAgent
  beforeEach(async () => {
    world = createTradingWorld()
    ann = await world.buyer()
    bob = await world.seller('bob', { slots: 4 })
    cleo = await world.seller('cleo', { pricePerMfuel: 1_500n })
  })
  afterEach(() => world.stop())

  it('is done by the cheaper one and settled on both sides', async () => {
    const task = await buy(world, ann)
    assert.equal(task.phase, 'settled')
    assert.equal(task.provider, bob.address)
    await turnUntil(world, async () => (await sold(bob, task)).phase === 'settled')
    assert.equal(cleo.sandbox.jobs.length, 0)
  })

  it('costs exactly what its fuel costs, and the rest of the deposit is free', async () => {
    const task = await buy(world, ann)
    assert.equal(task.cost, String(USUAL_COST))
    assert.equal(task.paid, String(USUAL_COST))
    assert.equal((await sold(bob, task)).paid, String(USUAL_COST))
    const [own] = ann.now.channel.list()
    const [theirs] = bob.now.channel.list()
    for (const view of [own, theirs]) {
      assert.equal(view?.sent, String(USUAL_COST))
      assert.equal(view?.reserved, '0')
      assert.equal(view?.free, String(DEPOSIT - USUAL_COST))
    }
  })

  it('ends in the seller’s account once the channel is closed, with every sum conserved', async () => {
    const task = await buy(world, ann)
    await during(world, ann.now.api.closeChannel(task.channelId as Hash))
    assert.equal(world.chain.balanceOf(bob.address) - START_BALANCE, USUAL_COST)
    assert.equal(START_BALANCE - world.chain.balanceOf(ann.address), USUAL_COST)
  })

  it('is told in the order in which it happens', async () => {
    await buy(world, ann)
    const phases = (agent: TradingAgent) => agent.told('task.phase').map(({ phase }) => phase)
    assert.deepEqual(phases(ann), [
      'created',
      'announced',
      'awarded',
      'agreed',
      'funded',
      'running',
      'delivered',
      'accepted',
      'settled',
    ])
    assert.deepEqual(phases(bob), ['signed', 'started', 'delivered', 'settled'])
    const slices = [1, 2, 3, 4]
    assert.deepEqual(
      ann.told('task.progress').map(({ slice, paid }) => [slice, paid]),
      slices.map((slice) => [slice, String(10_000 + slice * 100_000)]),
    )
    assert.equal(ann.told('task.receipt').length, 1)
    assert.equal(bob.told('task.receipt').length, 1)
  })

  it('has an economic status with all that it took', async () => {
    const task = await buy(world, ann)
    const status = await ann.now.api.economicStatus(task.id)
    assert.deepEqual(status.budget, {
      maxPrice: '2000000',
      agreedPrice: String(FULL_PRICE),
      prepaid: String(FULL_PRICE / 2n),
    })
    assert.equal(status.amountPaid, String(USUAL_COST))
    assert.equal(status.refunded, '0')
    assert.deepEqual(status.channel, {
      channelId: task.channelId,
      deposit: String(DEPOSIT),
      sent: String(USUAL_COST),
      reserved: '0',
    })
    assert.deepEqual(status.resources, {
      fuel: String(USUAL_FUEL),
      wallMs: 5,
      memoryBytes: 1 << 20,
    })
    assert.equal(status.reputationDelta, 2.5)
    assert.deepEqual(status.parties, { requester: ann.address, provider: bob.address })
    assert.equal(status.receipt?.receiptHash, task.receiptHash)
    assert.equal(status.receipt?.outcome, 'exit')
    assert.equal((await bob.now.api.economicStatus(task.agreementHash as string)).cost, status.cost)
  })

  it('frees what the loser held for its bid', async () => {
    await buy(world, ann)
    assert.equal(cleo.now.capacity.free(), 2)
    assert.equal(bob.now.capacity.free(), 4)
  })

  it('hands its output to its owner, and to nobody else', async () => {
    const task = await buy(world, ann)
    const result = await ann.now.api.result(task.id)
    assert.equal(new TextDecoder().decode(result.stdout), 'ok\n')
    assert.equal(result.exitCode, 0)
    const fault = { code: 'WRONG_PHASE' }
    await assert.rejects(bob.now.api.result(task.agreementHash as string), fault)
  })

  it('ordered twice by the same request is bought once', async () => {
    const [first, second] = await Promise.all([
      ann.now.api.executeWithPayment(anOrder()),
      ann.now.api.executeWithPayment(anOrder()),
    ])
    assert.equal(first.id, second.id)
    const task = await buy(world, ann)
    assert.equal(task.id, first.id)
    assert.equal((await ann.now.api.executeWithPayment(anOrder())).phase, 'settled')
    assert.equal(ann.told('auction.opened').length, 1)
    assert.equal(bob.sandbox.jobs.length, 1)
  })

  it('uses the open channel for the next one, and tells two requests apart', async () => {
    const first = await buy(world, ann)
    const second = await buy(world, ann, { requestId: 'order 2' })
    assert.notEqual(first.id, second.id)
    assert.equal(first.channelId, second.channelId)
    assert.equal(ann.now.channel.list()[0]?.sent, String(2n * USUAL_COST))
    const opened = world.chain.mined().filter(({ call }) => call.type === 'open-channel')
    assert.equal(opened.length, 1)
  })

  it('runs beside others of the same owner', async () => {
    const ids = ['a', 'b', 'c', 'd']
    const tasks = await Promise.all(
      ids.map((requestId) => ann.now.api.executeWithPayment(anOrder({ requestId }))),
    )
    await turnUntil(world, async () => {
      const views = await Promise.all(tasks.map(({ id }) => ann.now.api.task(id)))
      return views.every(({ phase }) => phase === 'settled')
    })
    const work = [...bob.sandbox.jobs, ...cleo.sandbox.jobs]
    assert.equal(work.length, 4)
    assert.deepEqual(ann.now.channel.reservations(), [])
  })
})

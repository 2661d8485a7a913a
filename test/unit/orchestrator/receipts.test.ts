import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { NodeEvent, TaskView } from '../../../protocols/control/index.ts'
import {
  buy,
  createTradingWorld,
  during,
  type TradingAgent,
  type TradingWorld,
  turnUntil,
  USUAL_FUEL,
} from '../../builders/trading-world.ts'

const usual = { fuelUsed: USUAL_FUEL }

describe('a receipt, checked by either side', () => {
  let world: TradingWorld
  let ann: TradingAgent
  let bob: TradingAgent
  let task: TaskView
  beforeEach(async () => {
    world = createTradingWorld()
    ann = await world.buyer()
    bob = await world.seller('bob')
    task = await buy(world, ann)
  })
  afterEach(() => world.stop())

  const verify = (agent: TradingAgent, id: string | null = task.receiptHash) =>
    during(world, agent.now.api.verifyReceipt(id ?? ''))

  it('is right where the run here says the same', async () => {
    ann.sandbox.next(usual)
    const found = await verify(ann)
    assert.equal(found.verdict, 'same')
    assert.deepEqual(found.found, found.claimed)
    assert.equal(found.provider, bob.address)
    assert.equal(found.claimed.outcome, 'exit')
  })

  it('is found by its task and by its agreement, too', async () => {
    ann.sandbox.next(usual)
    assert.equal((await verify(ann, task.id)).verdict, 'same')
    bob.sandbox.next(usual)
    const sold = await verify(bob, task.agreementHash)
    assert.deepEqual([sold.verdict, sold.taskId], ['same', task.agreementHash])
  })

  it('is wrong where the run here says something else', async () => {
    ann.sandbox.next({ fuelUsed: USUAL_FUEL + 1n })
    const found = await verify(ann)
    assert.deepEqual(found.differences, ['fuelUsed', 'resultHash'])
    assert.equal(found.found?.fuelUsed, String(USUAL_FUEL + 1n))
  })

  it('stays undecided where this machine fails', async () => {
    ann.sandbox.next({ hostFailure: { code: 'MEMORY_EXHAUSTED' } })
    const found = await verify(ann)
    assert.deepEqual(
      [found.verdict, found.code, found.found],
      ['undecided', 'MEMORY_EXHAUSTED', null],
    )
  })

  it('is checked once, however often one asks while that takes long', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const before = ann.sandbox.jobs.length
    ann.sandbox.next({ ...usual, until: promise })
    assert.equal((await verify(ann)).verdict, 'running')
    assert.equal((await verify(ann)).verdict, 'running')
    resolve()
    assert.equal((await verify(ann)).verdict, 'same')
    assert.equal(ann.sandbox.jobs.length, before + 1)
  })

  it('is not there for what was never delivered', async () => {
    await assert.rejects(verify(ann, 'task-none'), { code: 'NOT_FOUND' })
  })
})

describe('a program that writes while it runs', () => {
  it('is heard by its requester at once, and nothing of it is kept', async () => {
    const world = createTradingWorld()
    const ann = await world.buyer()
    const { promise, resolve } = Promise.withResolvers<void>()
    const stdout = new Uint8Array(40_000).fill(65)
    const bob = await world.seller('bob', {
      script: { ...usual, stdout, isLive: true, until: promise },
    })
    const heard: (NodeEvent & { type: 'task.output' })[] = []
    const note = (event: NodeEvent) => {
      if (event.type === 'task.output') heard.push(event)
    }
    ann.now.api.events.subscribe(note)
    const buying = buy(world, ann)
    await turnUntil(world, async () => heard.length === 2)
    resolve()
    const task = await buying
    assert.equal(task.phase, 'settled')
    assert.deepEqual(
      heard.map(({ taskId, role, stream, offset }) => [taskId, role, stream, offset]),
      [
        [task.id, 'requester', 'stdout', 0],
        [task.id, 'requester', 'stdout', 32 << 10],
      ],
    )
    const bytes = heard.map((event) => Buffer.from(event.bytes, 'base64'))
    assert.deepEqual(new Uint8Array(Buffer.concat(bytes)), stdout)
    assert.ok(ann.now.api.events.since(0).every(({ type }) => type !== 'task.output'))
    assert.ok(bob.sandbox.jobs.length > 0)
    await world.stop()
  })
})

import assert from 'node:assert/strict'
import {
  buy,
  createTradingWorld,
  DEPOSIT,
  FULL_PRICE,
  sold,
  type TradingWorld,
  turnUntil,
  USUAL_COST,
  USUAL_FUEL,
} from '../../builders/trading-world.ts'
import type { SandboxScript } from '../../fakes/sandbox.ts'

describe('a program', () => {
  let world: TradingWorld
  beforeEach(() => {
    world = createTradingWorld()
  })
  afterEach(() => world.stop())

  const run = async (script: SandboxScript) => {
    const ann = await world.buyer()
    const bob = await world.seller('bob', { script })
    const task = await buy(world, ann)
    await turnUntil(world, () => bob.now.deals.live().length === 0)
    const { free, reserved, credit } = ann.now.channel.list()[0] ?? {}
    return { ann, bob, task, free, reserved, credit }
  }

  const verdicts: [what: string, script: SandboxScript, cost: bigint, exitCode: number][] = [
    ['exit', { exitCode: 3 }, USUAL_COST, 3],
    ['trap', { kind: 'trap' }, USUAL_COST, -1],
    ['stack-overflow', { kind: 'stack-overflow' }, USUAL_COST, -1],
    ['output-limit', { kind: 'output-limit' }, USUAL_COST, -1],
    ['out-of-fuel', { fuelUsed: 2_000_000_000n }, FULL_PRICE, -1],
  ]
  for (const [outcome, script, cost, exitCode] of verdicts) {
    it(`that ends with ${outcome} ${exitCode} costs the fuel it used`, async () => {
      const { ann, bob, task, free } = await run(script)
      assert.deepEqual([task.phase, task.outcome, task.exitCode], ['settled', outcome, exitCode])
      assert.deepEqual([task.cost, task.paid], [String(cost), String(cost)])
      assert.equal(free, String(DEPOSIT - cost))
      const status = await ann.now.api.economicStatus(task.id)
      assert.equal(status.reputationDelta, 0)
      assert.equal(status.receipt?.outcome, outcome)
      assert.equal((await sold(bob, task)).phase, 'settled')
    })
  }

  it('that was right raises its provider’s score', async () => {
    const { ann, bob } = await run({})
    assert.equal(ann.now.scoreboard.scoreOf(bob.address), 5_250)
  })

  it('that ran out of its time leaves the slices paid and blames nobody', async () => {
    const { ann, bob, task, free, reserved } = await run({
      hostFailure: { code: 'WALL_TIMEOUT', afterFuel: USUAL_FUEL },
    })
    assert.deepEqual([task.phase, task.code], ['failed', 'WALL_TIMEOUT'])
    assert.deepEqual([task.paid, task.refunded], ['410000', '0'])
    assert.deepEqual([free, reserved], [String(DEPOSIT - 410_000n), '0'])
    assert.equal((await ann.now.api.economicStatus(task.id)).reputationDelta, 0)
    assert.deepEqual((await sold(bob, task)).code, 'WALL_TIMEOUT')
  })

  for (const code of ['CHILD_CRASHED', 'MEMORY_EXHAUSTED'] as const) {
    it(`whose machine failed with ${code} costs nothing: what was paid is credit for the next`, async () => {
      const { ann, bob, task, free, credit } = await run({
        hostFailure: { code, afterFuel: USUAL_FUEL },
      })
      assert.deepEqual([task.phase, task.code], ['failed', code])
      assert.equal((await ann.now.api.task(task.id)).refunded, '410000')
      assert.deepEqual([free, credit], [String(DEPOSIT), '410000'])
      assert.equal((await sold(bob, task)).refunded, '410000')
      assert.equal((await ann.now.api.economicStatus(task.id)).reputationDelta, -5)

      bob.sandbox.next({ fuelUsed: USUAL_FUEL })
      const next = await buy(world, ann, { requestId: 'order 2' })
      assert.equal(next.phase, 'settled')
      assert.equal(ann.now.channel.list()[0]?.sent, String(USUAL_COST))
      assert.equal(bob.now.channel.list()[0]?.sent, String(USUAL_COST))
    })
  }
})

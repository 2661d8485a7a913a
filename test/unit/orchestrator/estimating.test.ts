import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type EstimatingDeps, estimateOrder } from '../../../node/orchestrator/estimating.ts'
import { Fault } from '../../../protocols/common/index.ts'
import {
  anOrder,
  buy,
  createTradingWorld,
  RATES,
  type TradingAgent,
  type TradingWorld,
} from '../../builders/trading-world.ts'

const ONE_GIGA = 1_000_000_000n

describe('an estimate of a task', () => {
  let world: TradingWorld
  beforeEach(() => {
    world = createTradingWorld()
  })
  afterEach(() => world.stop())

  const estimate = (agent: TradingAgent, changes: Parameters<typeof anOrder>[0] = {}) =>
    agent.now.api.estimate(anOrder({ requestId: 'never bought', ...changes }))

  it('comes from a short run here where the module was never bought, and costs nothing', async () => {
    const ann = await world.buyer('ann', { script: { fuelUsed: 30_000_000n } })
    const { from, fuel, fuelLimit, cost, isLikelyWithinBudget, outcome } = await estimate(ann)
    assert.deepEqual(
      { from, likely: fuel.likely, fuelLimit, cost, isLikelyWithinBudget, outcome },
      {
        from: 'dry-run',
        likely: '30000000',
        fuelLimit: '60000000',
        cost: null,
        isLikelyWithinBudget: null,
        outcome: 'exit',
      },
    )
    assert.deepEqual((await ann.now.api.tasks({ cursor: null, limit: 1 })).items, [])
  })

  it('says that the program ends badly here', async () => {
    const ann = await world.buyer('ann', { script: { kind: 'trap', fuelUsed: 5n } })
    assert.equal((await estimate(ann)).outcome, 'trap')
  })

  it('stops a long run and falls back on the limit', async () => {
    const ann = await world.buyer('ann', { script: { fuelUsed: 900_000_000n } })
    const { from, fuel, fuelLimit } = await estimate(ann)
    assert.deepEqual([from, fuel.likely, fuelLimit], ['limit', String(ONE_GIGA), String(ONE_GIGA)])
    assert.equal(fuel.low, '200000000')
  })

  it('comes from receipts of the same module, at prices that were heard', async () => {
    const fuelUsed = 600_000_000n
    const ann = await world.buyer('ann', { script: { fuelUsed } })
    await world.seller('bob', { script: { fuelUsed } })
    await buy(world, ann)
    const { from, samples, fuel, fuelLimit, cost, isLikelyWithinBudget } = await estimate(ann)
    const price = String(RATES.basePrice + 600n * RATES.pricePerMfuel)
    assert.deepEqual([from, samples, fuel.likely], ['receipts', 1, String(fuelUsed)])
    assert.deepEqual(cost, { low: price, likely: price, high: price })
    assert.deepEqual([isLikelyWithinBudget, fuelLimit], [true, '1200000000'])
    const poor = await estimate(ann, { budget: 10_000n })
    assert.equal(poor.isLikelyWithinBudget, false)
  })

  it('keeps the limit that the order names', async () => {
    const ann = await world.buyer('ann', { script: { fuelUsed: 5n } })
    const limits = { fuel: 77_000n, memoryPages: null, outputBytes: null, wallMs: null }
    assert.equal((await estimate(ann, { limits })).fuelLimit, '77000')
  })

  it('is refused for a module that nobody could run', async () => {
    const fault = { code: 'IMPORT_UNKNOWN', where: 'import 0', detail: 'no such function' }
    const ann = await world.buyer('ann', { faultsOf: () => [fault] })
    await assert.rejects(estimate(ann), { code: 'MODULE_INVALID' })
  })
})

describe('the next order of a module', () => {
  it('gets room for what runs of it used before', async () => {
    const world = createTradingWorld()
    const script = { fuelUsed: 900_000_000n }
    const ann = await world.buyer('ann', { script })
    await world.seller('bob', { script })
    await buy(world, ann)
    const next = await ann.now.api.executeWithPayment(anOrder({ requestId: 'order 2' }))
    assert.equal(next.maxFuel, '1800000000')
    await world.stop()
  })
})

describe('an estimate on a busy machine', () => {
  const bytes = new Uint8Array([1])
  const deps = (code: string): EstimatingDeps => ({
    content: {
      put: async () => 'cid',
      get: async () => bytes,
      has: async () => true,
      pin: async () => {},
      unpin: async () => {},
    },
    sandbox: {
      engineHash: `0x${'e1'.repeat(32)}`,
      inspect: async () => ({
        accepted: true,
        faults: [],
        imports: [],
        exports: [],
        codeBytes: 1,
        functions: 1,
        memoryPages: { min: 1, max: null },
      }),
      run: () => Promise.reject(new Fault(code, 'no')),
    },
    clock: { now: () => 0, nowMs: () => 0, wait: async () => undefined },
    pastFuel: () => [],
    auctions: () => [],
  })
  const defaults = {
    limits: { fuel: ONE_GIGA, memoryPages: 1, outputBytes: 1, wallMs: 1 },
    bidWindowMs: 1,
    deliverWithinSeconds: 1,
    slices: 1,
    maxModuleBytes: 10,
    escrowFrom: 10n,
  }
  const order = anOrder({ stdin: { bytes }, files: { name: { cid: 'cid' } } })

  it('does without a run of its own', async () => {
    const { from, fuel } = await estimateOrder(deps('SANDBOX_BUSY'), order, defaults)
    assert.deepEqual([from, fuel.low], ['limit', '0'])
  })

  it('does not hide any other failure', async () => {
    await assert.rejects(estimateOrder(deps('SANDBOX_UNAVAILABLE'), order, defaults), {
      code: 'SANDBOX_UNAVAILABLE',
    })
  })
})

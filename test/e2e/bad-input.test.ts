import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import { Fault } from '../../protocols/common/index.ts'
import type { TaskView } from '../../protocols/control/index.ts'
import { compileWat, wasmFixture } from '../fixtures/wasm/wat.ts'
import { buy, channelWith, type Order, order, stdoutOf, tokensOf } from './kit/buying.ts'
import { type Market, openMarket, tellLogs } from './kit/market.ts'
import { ask, type NodeProcess } from './kit/node-process.ts'

const BASE = 1_000n
const costOf = (fuel: string) => BASE + (BigInt(fuel) * 10n + 999_999n) / 1_000_000n

const notWasm = new TextEncoder().encode('#!/bin/sh\necho hello\n')
const unknownImport = compileWat(`(module
  (import "env" "launch" (func))
  (memory (export "memory") 1)
  (func (export "_start")))`)
const [hello, spin] = [wasmFixture('hello'), wasmFixture('spin')]

type Verdict = { what: string; order: Order; ends: Pick<TaskView, 'outcome' | 'exitCode'> }

/** Programs that misbehave within their limits: the work was done, so it is paid for. */
const verdicts: Verdict[] = [
  {
    what: 'a program that loops for ever',
    order: { module: spin, limits: { fuel: '200000000' } },
    ends: { outcome: 'out-of-fuel', exitCode: -1 },
  },
  {
    what: 'a program that takes all the memory there is',
    order: { module: wasmFixture('grab'), limits: { memoryPages: 64 } },
    ends: { outcome: 'exit', exitCode: 64 },
  },
  {
    what: 'a program that floods its output',
    order: { module: wasmFixture('flood') },
    ends: { outcome: 'output-limit', exitCode: -1 },
  },
  {
    what: 'a program that traps',
    order: { module: wasmFixture('trap') },
    ends: { outcome: 'trap', exitCode: -1 },
  },
  {
    what: 'a program that calls itself for ever',
    order: { module: wasmFixture('recurse') },
    ends: { outcome: 'stack-overflow', exitCode: -1 },
  },
]

type Refusal = { what: string; order: Order; code: string; status: number; says: RegExp }

const refusals: Refusal[] = [
  {
    what: 'a module that is not WebAssembly',
    order: { module: notWasm },
    code: 'MODULE_INVALID',
    status: 422,
    says: /cannot run.*NOT_WASM/,
  },
  {
    what: 'a module that imports what does not exist',
    order: { module: unknownImport },
    code: 'MODULE_INVALID',
    status: 422,
    says: /IMPORT_UNKNOWN.*env\.launch/,
  },
  {
    what: 'a budget of nothing',
    order: { module: hello, budget: '0' },
    code: 'BUDGET_INVALID',
    status: 422,
    says: /more than zero/,
  },
  {
    what: 'a budget finer than the token',
    order: { module: hello, budget: '0.0000001' },
    code: 'REQUEST_INVALID',
    status: 400,
    says: /decimals/,
  },
  {
    what: 'a budget over the spending limit',
    order: { module: hello, budget: '100.01' },
    code: 'SPENDING_LIMIT_REACHED',
    status: 403,
    says: /100\.01 .* may still spend/,
  },
]

type Miss = { what: string; order: Order; phase: string; code: string; says: RegExp }

const misses: Miss[] = [
  {
    what: 'a budget below every bid',
    order: { module: hello, budget: '0.0001', bidWindowMs: 100 },
    phase: 'unsold',
    code: 'NO_BIDS',
    says: /nobody bid.*nothing was paid/,
  },
  {
    what: 'limits above what any provider gives',
    order: { module: hello, limits: { memoryPages: 60_000 } },
    phase: 'unsold',
    code: 'LIMITS_TOO_HIGH',
    says: /more memoryPages.*nothing was paid/,
  },
  {
    what: 'a program that loops past its wall time',
    order: { module: spin, limits: { fuel: '100000000000', wallMs: 200 }, budget: '5.00' },
    phase: 'failed',
    code: 'WALL_TIMEOUT',
    says: /not over after 200 ms/,
  },
]

describe('a market given bad input', function () {
  this.timeout(90_000)
  let market: Market
  let buyer: NodeProcess
  let seller: NodeProcess
  const tasks = new Map<Order, Promise<TaskView>>()
  const taskOf = async (what: Order): Promise<TaskView> => {
    const task = await tasks.get(what)
    assert.ok(task)
    return task
  }

  before(async () => {
    market = await openMarket()
    buyer = await market.join('buyer', { 'market.role': 'requester' })
    seller = await market.join('seller', {
      'market.role': 'provider',
      'market.pricePerMfuel': '0.00001',
      'market.capacity': 32,
    })
    await market.meet(buyer, [seller])
    for (const { order } of [...verdicts, ...misses]) tasks.set(order, buy(buyer, order))
    await Promise.allSettled(tasks.values())
  })
  afterEach(tellLogs(() => market))
  after(() => market?.stop())

  for (const { what, order, ends } of verdicts) {
    it(`settles ${what} as ${ends.outcome}, for the fuel it used`, async () => {
      const { phase, outcome, exitCode, cost, paid, refunded, fuelUsed } = await taskOf(order)
      assert.deepEqual({ phase, outcome, exitCode }, { phase: 'settled', ...ends })
      assert.equal(BigInt(cost ?? 0), costOf(fuelUsed))
      assert.deepEqual([paid, refunded], [cost, '0'])
    })
  }

  it('keeps no more output than the limit, and what came before a trap', async () => {
    const outputOf = async (name: string) => {
      const { order } = verdicts.find(({ ends }) => ends.outcome === name) as Verdict
      return stdoutOf(buyer, (await taskOf(order)).id)
    }
    assert.equal((await outputOf('output-limit')).length, 1 << 20)
    assert.equal(await outputOf('trap'), 'before')
  })

  for (const { what, order: ordered, code, status, says } of refusals) {
    it(`refuses ${what} with ${code}, before anyone hears of it`, async () => {
      const before = (await buyer.client.tasks({})).items.length
      await assert.rejects(order(buyer, ordered), (error) => {
        assert.ok(error instanceof Fault)
        assert.deepEqual([error.code, error.details.status], [code, status])
        assert.match(error.message, says)
        return true
      })
      assert.equal((await buyer.client.tasks({})).items.length, before)
    })
  }

  for (const { what, order, phase, code, says } of misses) {
    it(`ends ${what} as ${phase} with ${code}, and nothing is paid`, async () => {
      const task = await taskOf(order)
      assert.deepEqual([task.phase, task.code], [phase, code])
      assert.match(task.message ?? '', says)
      assert.deepEqual([task.paid, task.cost], ['0', null])
    })
  }

  it('ends a task with NO_PEERS where nobody is there to hear of it', async () => {
    const lone = await market.join('lone', { 'network.bootstrap': '' })
    const before = await tokensOf(lone)
    const task = await buy(lone, { module: hello, bidWindowMs: 100 })
    assert.deepEqual([task.phase, task.code, task.paid], ['unsold', 'NO_PEERS', '0'])
    assert.match(task.message ?? '', /no other agent is connected.*nothing was paid/)
    assert.equal(await tokensOf(lone), before)
    assert.deepEqual((await lone.client.channels()).items, [])
  })

  it('owes the provider exactly what the settled tasks have cost', async () => {
    const all = await Promise.all([...tasks.values()])
    const costs = all.reduce((sum, { cost }) => sum + BigInt(cost ?? 0), 0n)
    const views = await Promise.all([channelWith(buyer, seller), channelWith(seller, buyer)])
    for (const { sent, credit, reserved } of views) {
      assert.equal(BigInt(sent) - BigInt(credit), costs)
      assert.equal(reserved, '0')
    }
  })

  describe('from the command line', () => {
    const run = async (module: Uint8Array, ...args: string[]) => {
      const path = join(market.folder, 'program.wasm')
      await writeFile(path, module)
      return ask(buyer, ['run', path, ...args])
    }

    it('says what is wrong with a module, and exits with 65', async () => {
      const { code, stdout, stderr } = await run(notWasm)
      assert.deepEqual([code, stdout], [65, ''])
      assert.match(stderr, /^souk: the module cannot run: .* \(MODULE_INVALID\)\n$/)
    })

    it('says that nobody bid and nothing is paid, and exits with 75', async () => {
      const { code, stderr } = await run(hello, '--budget', '0.0001', '--bid-window-ms', '100')
      assert.equal(code, 75)
      assert.match(stderr, /\nsouk: NO_BIDS: nobody bid .* \(0\.00 tUSD paid\)\n$/)
    })

    it('exits as a shell shows a process that used up its time', async () => {
      const { code } = await run(spin, '--fuel', '1000000')
      assert.equal(code, 152)
    })

    it('says which file is missing, and exits with 66', async () => {
      const { code, stderr } = await ask(buyer, ['run', join(market.folder, 'nowhere.wasm')])
      assert.equal(code, 66)
      assert.match(stderr, /No file .*nowhere\.wasm \(FILE_MISSING\)/)
    })
  })
})

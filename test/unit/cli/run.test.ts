import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Outcome, TaskView } from '../../../protocols/control/index.ts'
import { aCommandLine, type CliKit, giveToken } from '../../builders/cli.ts'
import { stopControlPort } from '../../builders/control-app.ts'
import { settle } from '../../fakes/clock.ts'
import { PROVIDER } from '../../fakes/node-api.ts'

const AUCTION = `0x${'e5'.repeat(32)}` as const
const text = (words: string) => new TextEncoder().encode(words)

describe('souk run', () => {
  let kit: CliKit
  const open = async (options: Parameters<typeof aCommandLine>[0] = {}) => {
    if (kit) await stopControlPort(kit.control)
    kit = await aCommandLine(options)
    giveToken(kit)
    kit.files.set('prog.wasm', new Uint8Array([0, 97, 115, 109]))
  }
  const ordered = async (): Promise<string> => {
    for (let turn = 0; turn < 50 && kit.control.api.orders.length === 0; turn++) await settle()
    for (let turn = 0; turn < 10; turn++) await settle()
    const { items } = await kit.control.api.tasks({ cursor: null, limit: 1 })
    return items[0]?.id ?? ''
  }
  const finish = async (
    id: string,
    { outcome = 'exit', exitCode = 0 }: { outcome?: Outcome; exitCode?: number } = {},
  ) => {
    const { api, clock } = kit.control
    const files = new Map([['out.txt', text('file')]])
    api.deliver(id, { outcome, exitCode, stdout: text('hello\n'), stderr: text('note\n'), files })
    const settled: Partial<TaskView> = {
      phase: 'settled',
      outcome,
      exitCode,
      cost: '120000',
      paid: '120000',
      provider: PROVIDER,
      fuelUsed: '777',
    }
    api.change(id, settled)
    await clock.advance(1000)
  }
  beforeEach(() => open())
  afterEach(() => stopControlPort(kit.control))

  it('shows the output of the program, one line of cost, and ends as it ended', async () => {
    const running = kit.souk('run', 'prog.wasm', '--budget', '0.40', '--', 'a', '-b')
    const id = await ordered()
    const [order] = kit.control.api.orders
    assert.deepEqual(order?.args, ['prog.wasm', 'a', '-b'])
    assert.equal(order?.budget, 400_000n)
    await finish(id, { exitCode: 3 })
    const { code, stdout, stderr } = await running
    assert.equal(code, 3)
    assert.equal(stdout, 'hello\n')
    assert.match(
      stderr,
      /^souk: about 0\.012 tUSD .* 0\.40 tUSD at most\nnote\nsouk: 0\.12 of at most 0\.40 tUSD · 777 fuel · 0\.01 s · by 0xb2b2…b2b2 · receipt 0xd4d4…d4d4\n$/,
    )
  })

  it('hands over input, environment and files, and brings files back', async () => {
    await open({ input: 'typed' })
    kit.files.set('in.txt', text('given'))
    const args = [
      '--input',
      '-',
      '--env',
      'A=1',
      '--file',
      'x=in.txt',
      '--output',
      'out.txt=back.txt',
    ]
    const limits = [
      '--fuel',
      '900',
      '--memory-pages',
      '16',
      '--wall-ms',
      '500',
      '--bid-window-ms',
      '150',
    ]
    const running = kit.souk('run', 'prog.wasm', ...args, ...limits)
    const id = await ordered()
    const [order] = kit.control.api.orders
    assert.deepEqual(order?.env, { A: '1' })
    assert.deepEqual(Object.keys(order?.files ?? {}), ['x'])
    assert.deepEqual(order?.outputs, ['out.txt'])
    assert.equal(order?.limits.fuel, 900n)
    assert.equal(order?.limits.memoryPages, 16)
    const { cid = '' } = (order?.stdin ?? {}) as { cid?: string }
    assert.equal(Buffer.from(await kit.control.api.getContent(cid)).toString(), 'typed')
    await finish(id)
    assert.equal((await running).code, 0)
    assert.equal(kit.files.get('back.txt')?.toString(), 'file')
  })

  it('names how a program was ended', async () => {
    const codes = { trap: 134, 'out-of-fuel': 152, 'stack-overflow': 139, 'output-limit': 153 }
    for (const [outcome, expected] of Object.entries(codes)) {
      await open()
      const running = kit.souk('run', 'prog.wasm')
      await finish(await ordered(), { outcome: outcome as Outcome })
      const { code, stderr } = await running
      assert.equal(code, expected)
      assert.match(stderr, new RegExp(`the program ended by ${outcome}`))
    }
  })

  it('says why there is no result and that nothing was paid', async () => {
    const running = kit.souk('run', 'prog.wasm')
    const id = await ordered()
    kit.control.api.change(id, { phase: 'unsold', code: 'NO_BIDS', message: 'nobody bid' })
    await kit.control.clock.advance(1000)
    const { code, stdout, stderr } = await running
    assert.equal(code, 75)
    assert.equal(stdout, '')
    assert.match(stderr, /\nsouk: NO_BIDS: nobody bid \(0\.00 tUSD paid\)\n$/)
  })

  it('says what a failed task has cost in the end', async () => {
    const running = kit.souk('run', 'prog.wasm')
    const id = await ordered()
    kit.control.api.change(id, { phase: 'failed', paid: '300000', refunded: '100000' })
    await kit.control.clock.advance(1000)
    assert.match((await running).stderr, /failed: .*\(0\.20 tUSD paid\)/)
  })

  it('prints one object for programs', async () => {
    const running = kit.souk('--json', 'run', 'prog.wasm')
    await finish(await ordered())
    const { stdout, stderr } = await running
    const { task, status, result } = JSON.parse(stdout)
    assert.deepEqual([task.phase, status.cost, result.exitCode], ['settled', '120000', 0])
    assert.equal(stderr, '')
  })

  it('shows how far it is where somebody looks', async () => {
    await open({ isTty: true })
    const running = kit.souk('run', 'prog.wasm')
    const id = await ordered()
    const { api, clock } = kit.control
    api.change(id, { phase: 'announced', auctionId: AUCTION })
    await clock.advance(1000)
    const bid = { bidHash: AUCTION, provider: PROVIDER, etaMs: 1 }
    api.emit({ type: 'bid.received', auctionId: AUCTION, price: '90000', ...bid })
    api.emit({ type: 'bid.received', auctionId: AUCTION, price: '80000', ...bid })
    api.emit({
      type: 'auction.awarded',
      auctionId: AUCTION,
      provider: PROVIDER,
      price: '80000',
      bids: 2,
    })
    api.change(id, { phase: 'running' })
    api.emit({ type: 'task.phase', taskId: id, role: 'requester', phase: 'running' })
    await settle()
    const progress = { type: 'task.progress', taskId: id, slice: 1, fuelUsed: '500000' } as const
    api.emit({ ...progress, role: 'requester', paid: '40000' })
    api.emit({ ...progress, role: 'provider', paid: '1' })
    await clock.advance(1000)
    await finish(id)
    const { code, stderr } = await running
    assert.equal(code, 0)
    assert.match(stderr, /announced · no bids yet/)
    assert.match(stderr, /announced · 2 bids, best 0\.08 tUSD/)
    assert.match(stderr, /running · on 0xb2b2…b2b2 · ████████░░░░░░░░ · 0\.04 tUSD paid/)
  })

  it('cancels the task on Ctrl-C', async () => {
    const running = kit.souk('run', 'prog.wasm')
    const id = await ordered()
    kit.interrupt()
    await kit.control.clock.advance(1000)
    assert.equal((await running).code, 130)
    assert.equal((await kit.control.api.task(id)).phase, 'cancelled')
  })

  it('refuses what is not there or not written as it should be, before it buys', async () => {
    assert.equal((await kit.souk('run', 'missing.wasm')).code, 66)
    assert.equal((await kit.souk('run', 'prog.wasm', '--env', 'A')).code, 65)
    assert.equal((await kit.souk('run', 'prog.wasm', '--budget', 'lots')).code, 65)
    assert.equal((await kit.souk('run')).code, 2)
    assert.equal(kit.control.api.orders.length, 0)
  })
})

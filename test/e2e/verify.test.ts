import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import type { StampedEvent, TaskView, VerificationView } from '../../protocols/control/index.ts'
import { wasmFixture } from '../fixtures/wasm/wat.ts'
import { buy, listen } from './kit/buying.ts'
import { type Market, openMarket, tellLogs } from './kit/market.ts'
import { ask, type NodeProcess } from './kit/node-process.ts'

const textOf = (base64: string): string => Buffer.from(base64, 'base64').toString()

describe('a result that its requester does not take on trust', function () {
  this.timeout(90_000)
  let market: Market
  let buyer: NodeProcess
  let seller: NodeProcess
  let task: TaskView

  before(async () => {
    market = await openMarket()
    buyer = await market.join('buyer', { 'market.role': 'requester' })
    seller = await market.join('seller', { 'market.role': 'provider' })
    await market.meet(buyer, [seller])
    const files = { 'in.txt': { text: 'content' } }
    task = await buy(buyer, {
      module: wasmFixture('copy-file'),
      files,
      outputs: ['out/copy.txt'],
      limits: { fuel: '100000000' },
    })
    assert.equal(task.outcome, 'exit')
  })
  afterEach(tellLogs(() => market))
  after(() => market?.stop())

  const verify = async (node: NodeProcess, id: string) => {
    const { code, stdout } = await ask(node, ['--json', 'verify', id])
    return { code, view: JSON.parse(stdout) as VerificationView }
  }

  it('is run again by `souk verify` and found the same', async () => {
    const { code, view } = await verify(buyer, task.receiptHash ?? '')
    assert.equal(code, 0)
    assert.equal(view.verdict, 'same')
    assert.deepEqual(view.found, view.claimed)
    assert.equal(view.claimed.fuelUsed, task.fuelUsed)
    const { stdout } = await ask(buyer, ['verify', task.id])
    assert.match(stdout, /is right: this machine got the same/)
  })

  it('can be checked by its provider from the same content', async () => {
    const { code, view } = await verify(seller, task.agreementHash ?? '')
    assert.deepEqual([code, view.verdict], [0, 'same'])
  })

  it('has no receipt where nothing was delivered', async () => {
    const { code, stderr } = await ask(buyer, ['verify', `0x${'00'.repeat(32)}`])
    assert.equal(code, 66)
    assert.match(stderr, /NOT_FOUND/)
  })

  it('is shown while it is made: events tell what the program writes, and `souk run --live` ends with all of it', async () => {
    const stream = await listen(buyer, 0)
    const path = join(market.folder, 'tell-and-toil.wasm')
    await writeFile(path, wasmFixture('tell-and-toil'))
    const { code, stdout, stderr } = await ask(buyer, ['run', '--live', '--budget', '5.00', path])
    stream.close()
    assert.equal(code, 0, stderr)
    assert.equal(stdout, 'begun\ndone\n')
    const isOutput = (event: StampedEvent) => event.type === 'task.output'
    const first = stream.events.filter(isOutput)[0]
    assert.ok(first?.type === 'task.output' && first.role === 'requester')
    assert.ok(textOf(first.bytes).startsWith('begun\n'))
    const isReceipt = ({ type }: StampedEvent) => type === 'task.receipt'
    const receipt = stream.events.findLastIndex(isReceipt)
    assert.ok(stream.events.findIndex(isOutput) < receipt)
  })
})

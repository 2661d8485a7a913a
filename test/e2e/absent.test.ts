import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'mocha'
import { wasmFixture } from '../fixtures/wasm/wat.ts'
import { buy, type Order, tokensOf } from './kit/buying.ts'
import { type Market, openMarket, tellLogs } from './kit/market.ts'
import type { NodeProcess } from './kit/node-process.ts'
import { until } from './kit/until.ts'

const WINDOW = 7_200
const hello: Order = { module: wasmFixture('hello'), limits: { fuel: '1000000' } }

describe('a provider whose customer closes while it is away', function () {
  this.timeout(120_000)
  let market: Market
  let buyer: NodeProcess
  let seller: NodeProcess
  let tower: NodeProcess

  const startSeller = async () => {
    seller = await market.join('seller', {
      'market.role': 'provider',
      'market.basePrice': '0.25',
      'channel.towers': tower.agent,
    })
    await market.meet(buyer, [seller])
  }

  /** Turns the chain's clock. */
  const pass = async (seconds: number): Promise<void> => {
    for (const [method, params] of [
      ['evm_increaseTime', [seconds]],
      ['evm_mine', []],
    ] as const) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(market.chain.rpcUrl, { method: 'POST', headers, body })
      assert.ok(answer.ok)
    }
  }

  const earned = async (): Promise<bigint> => {
    const task = await buy(buyer, hello)
    assert.equal(task.phase, 'settled')
    return BigInt(task.paid)
  }

  const closeAlone = async (): Promise<string> => {
    const { items } = await buyer.client.channels()
    const open = items.find(({ phase }) => phase === 'open')
    assert.ok(open)
    const closing = await buyer.client.closeChannel({ id: open.channelId, force: 'true' })
    assert.equal(closing.phase, 'closing')
    return open.channelId
  }

  const closed = (id: string) =>
    until('the channel is settled', async () => {
      const { phase } = await buyer.client.channel({ id: id as `0x${string}` })
      return phase === 'closed'
    })

  before(async () => {
    market = await openMarket()
    tower = await market.join('tower', { 'market.role': 'requester', 'channel.isTower': true })
    buyer = await market.join('buyer', {
      'market.role': 'requester',
      'channel.windowSeconds': WINDOW,
    })
  })
  afterEach(tellLogs(() => market))
  after(() => market?.stop())

  it('is paid in full where it is back within the window', async () => {
    await startSeller()
    const before = await tokensOf(seller)
    const due = await earned()
    await seller.kill()
    const channelId = await closeAlone()
    await pass(600)
    await startSeller()
    await until('the answer is on chain', async () => {
      const { outbox } = await seller.client.chainStatus()
      return outbox.some(({ call, status }) => call === 'respond' && status === 'done')
    })
    await pass(WINDOW)
    await closed(channelId)
    assert.equal((await tokensOf(seller)) - before, due)
  })

  it('is paid in full by its tower where it is not', async () => {
    const before = await tokensOf(seller)
    const due = await earned()
    await until('the tower has signed for it', async () => {
      const { items } = await seller.client.towers()
      return items.some(({ role, sent }) => role === 'client' && BigInt(sent) === due)
    })
    const duties = (await tower.client.towers()).items.filter(({ role }) => role === 'tower')
    assert.deepEqual([...new Set(duties.map(({ agent }) => agent))], [seller.agent])
    await seller.kill()
    const channelId = await closeAlone()
    await pass(WINDOW / 4)
    await until('the tower has answered', async () => {
      const { outbox } = await tower.client.chainStatus()
      return outbox.some(({ call, status }) => call === 'respond-for' && status === 'done')
    })
    await pass(WINDOW)
    await closed(channelId)
    await startSeller()
    assert.equal((await tokensOf(seller)) - before, due)
  })
})

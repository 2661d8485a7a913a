import assert from 'node:assert/strict'
import type { Hash } from '../../../protocols/common/index.ts'
import { routes } from '../../../protocols/control/index.ts'
import {
  anOrder,
  buy,
  createTradingWorld,
  during,
  RATES,
  type TradingAgent,
  type TradingWorld,
  turnUntil,
} from '../../builders/trading-world.ts'

describe('a node that buys and sells', () => {
  let world: TradingWorld
  let ann: TradingAgent
  let bob: TradingAgent
  beforeEach(async () => {
    world = createTradingWorld()
    ann = await world.buyer()
    bob = await world.seller('bob')
  })
  afterEach(() => world.stop())

  const buyMany = async () => {
    for (const requestId of ['1', '2', '3']) await buy(world, ann, { requestId })
    await buy(world, bob, { requestId: '4', bidWindowMs: 500 })
  }

  it('lists its tasks newest first, page by page, bought and sold ones together', async () => {
    await buyMany()
    const first = await bob.now.api.tasks({ cursor: null, limit: 3 })
    assert.deepEqual(
      first.items.map(({ role }) => role),
      ['requester', 'provider', 'provider'],
    )
    const second = await bob.now.api.tasks({ cursor: first.nextCursor, limit: 3 })
    assert.equal(second.items.length, 1)
    assert.equal(second.nextCursor, null)
    const ids = [...first.items, ...second.items].map(({ id }) => id)
    assert.equal(new Set(ids).size, 4)
    const times = [...first.items, ...second.items].map(({ createdAtMs }) => createdAtMs)
    assert.deepEqual(
      times,
      [...times].sort((one, other) => other - one),
    )
    for (const page of [first, second]) routes.tasks.answer.parse(page)
  })

  it('knows no page after a task that is not there', async () => {
    const page = bob.now.api.tasks({ cursor: 'nothing', limit: 3 })
    await assert.rejects(page, { code: 'NOT_FOUND' })
  })

  it('shows the same tasks after a restart', async () => {
    await buyMany()
    const before = await bob.now.api.tasks({ cursor: null, limit: 10 })
    await bob.restart()
    assert.deepEqual(await bob.now.api.tasks({ cursor: null, limit: 10 }), before)
  })

  it('shows economic statuses of tasks in every state', async () => {
    const { id } = await ann.now.api.executeWithPayment(anOrder())
    const early = routes.economicStatus.answer.parse(await ann.now.api.economicStatus(id))
    assert.deepEqual(
      [early.cost, early.channel, early.receipt, early.resources],
      [null, null, null, null],
    )
    await turnUntil(world, async () => (await ann.now.api.task(id)).phase === 'settled')
    const late = routes.economicStatus.answer.parse(await ann.now.api.economicStatus(id))
    assert.notEqual(late.receipt, null)
    await assert.rejects(ann.now.api.economicStatus('nothing'), { code: 'NOT_FOUND' })
    await assert.rejects(ann.now.api.task(`0x${'00'.repeat(32)}`), { code: 'NOT_FOUND' })
  })

  it('has no result of a task that delivered none', async () => {
    const { id } = await ann.now.api.executeWithPayment(anOrder())
    await assert.rejects(ann.now.api.result(id), { code: 'WRONG_PHASE' })
  })

  it('shows its auctions, peers, channels and itself', async () => {
    const task = await buy(world, ann)
    const [auction] = await ann.now.api.auctions()
    assert.equal(auction?.auctionId, task.auctionId)
    const peers = await ann.now.api.peers()
    assert.deepEqual(
      peers.map(({ agent }) => agent),
      [bob.address],
    )
    const [channel] = await ann.now.api.channels()
    assert.equal(channel?.channelId, task.channelId)
    const self = routes.self.answer.parse(await ann.now.api.self())
    assert.deepEqual([self.agent, self.offer], [ann.address, null])
    assert.equal(self.engineHash, ann.sandbox.engineHash)
  })

  it('claims and closes the channels that it has, and no others', async () => {
    const task = await buy(world, ann)
    const channelId = task.channelId as Hash
    const claimed = await during(world, bob.now.api.claimChannel(channelId))
    assert.equal(claimed.claimed, task.cost)
    const closed = await during(world, ann.now.api.closeChannel(channelId))
    assert.equal(closed.phase, 'closed')
    const unknown = `0x${'00'.repeat(32)}` as const
    await assert.rejects(ann.now.api.closeChannel(unknown), { code: 'NOT_FOUND' })
    await assert.rejects(ann.now.api.claimChannel(unknown), { code: 'NOT_FOUND' })
  })

  it('keeps content and hands it out', async () => {
    const cid = await ann.now.api.putContent(new Uint8Array([1, 2, 3]))
    assert.deepEqual(await ann.now.api.getContent(cid), new Uint8Array([1, 2, 3]))
    const unknown = `bafkrei${'a'.repeat(52)}`
    await assert.rejects(ann.now.api.getContent(unknown), { code: 'NOT_FOUND' })
  })

  it('is ready, and says what it sees of the chain', async () => {
    await buy(world, ann)
    assert.equal(routes.health.answer.parse(await ann.now.api.health()).isReady, true)
    const chain = routes.chainStatus.answer.parse(await ann.now.api.chainStatus())
    assert.equal(chain.isReachable, true)
    assert.equal(chain.balances.token, String(world.chain.balanceOf(ann.address)))
  })

  it('is not ready while the chain does not answer, and still shows itself', async () => {
    world.chain.failures.setReachable(false)
    const health = await ann.now.api.health()
    assert.equal(health.isReady, false)
    assert.match(health.checks.chain?.detail ?? '', /CHAIN_UNREACHABLE/)
    const chain = await ann.now.api.chainStatus()
    assert.deepEqual([chain.block, chain.balances], [0, { native: '0', token: '0' }])
  })

  it('shows the transactions behind a channel, by its id and by their hashes', async () => {
    await buy(world, ann)
    const { api } = ann.now
    const [channel] = await api.channels()
    const subject = channel?.channelId ?? null
    const page = await api.transactions({ subject, cursor: null, limit: 10 })
    const { items } = routes.transactions.answer.parse(page)
    const opening = items.find(({ call }) => call === 'open-channel')
    assert.ok(opening)
    assert.deepEqual([opening.status, opening.channels], ['done', [subject]])
    const same = await api.transaction(opening.hash)
    assert.deepEqual(routes.transaction.answer.parse(same), opening)
    const unknown = api.transaction(`0x${'00'.repeat(32)}`)
    await assert.rejects(unknown, { code: 'NOT_FOUND' })
  })

  it('takes content that is already there as module and inputs', async () => {
    const { api } = ann.now
    const module = { cid: await api.putContent(new TextEncoder().encode('a module')) }
    const file = { cid: await api.putContent(new Uint8Array([7])) }
    const task = await buy(world, ann, {
      module,
      stdin: { bytes: new Uint8Array([8]) },
      files: { 'in.bin': file },
      limits: { fuel: 500_000_000n, memoryPages: 8, outputBytes: 100, wallMs: 5_000 },
    })
    assert.equal(task.phase, 'settled')
    const [job] = bob.sandbox.jobs
    assert.deepEqual(job?.input.stdin, new Uint8Array([8]))
    assert.deepEqual(job?.input.files.get('in.bin'), new Uint8Array([7]))
    assert.deepEqual([job?.limits.fuel, job?.limits.memoryPages], [500_000_000n, 8])
    assert.equal(task.price, String(RATES.basePrice + 500n * RATES.pricePerMfuel))
  })

  it('buys nothing that needs an escrow', async () => {
    const order = ann.now.api.executeWithPayment(anOrder({ budget: 10_000_000n }))
    await assert.rejects(order, { code: 'ESCROW_UNAVAILABLE' })
  })
})

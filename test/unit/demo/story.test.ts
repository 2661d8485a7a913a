import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  emptyStory,
  isEnded,
  type Story,
  saleOf,
  tell,
  withAuctions,
  withPurchase,
} from '../../../examples/demo/story.ts'
import {
  channelLines,
  money,
  newsBetween,
  purchaseHeader,
  purchaseLine,
  type Words,
} from '../../../examples/demo/telling.ts'
import type { Hash } from '../../../protocols/common/index.ts'
import type { NodeEvent } from '../../../protocols/control/index.ts'
import { CHANNEL_ID, PROVIDER, RECEIPT_HASH, REQUESTER } from '../../fakes/node-api.ts'

const AUCTION: Hash = `0x${'e5'.repeat(32)}`
const TASK_HASH: Hash = `0x${'f6'.repeat(32)}`
const words: Words = {
  nameOf: (agent) => (agent === PROVIDER ? 'swift' : 'other'),
  decimals: 6,
  symbol: 'tUSD',
  paint: (_style, text) => text,
}

let seq = 0
const having = (story: Story, ...events: NodeEvent[]): Story =>
  events.reduce((told, event) => tell(told, { ...event, seq: ++seq, at: 0 }), story)

const task = { id: 'task1', taskHash: TASK_HASH, maxFuel: '1200' }
const bought = withPurchase(emptyStory, 'tile 1', task)
const linked = withAuctions(bought, [{ auctionId: AUCTION, taskHash: TASK_HASH }])
const phase = (name: string, code?: string): NodeEvent => ({
  type: 'task.phase',
  taskId: 'task1',
  role: 'requester',
  phase: name,
  ...(code !== undefined && { code }),
})
const bid = (provider: Hash, price: string): NodeEvent => ({
  type: 'bid.received',
  auctionId: AUCTION,
  bidHash: AUCTION,
  provider,
  price,
  etaMs: 1,
})
const award: NodeEvent = {
  type: 'auction.awarded',
  auctionId: AUCTION,
  provider: PROVIDER,
  price: '900000',
  bids: 2,
}
const progress = (fuelUsed: string, paid: string): NodeEvent => ({
  type: 'task.progress',
  taskId: 'task1',
  role: 'requester',
  slice: 1,
  fuelUsed,
  paid,
})
const receipt: NodeEvent = {
  type: 'task.receipt',
  taskId: 'task1',
  role: 'requester',
  outcome: 'exit',
  exitCode: 0,
  fuelUsed: '800',
  cost: '700000',
  receiptHash: RECEIPT_HASH,
}
const channelPhase = (name: string, role: 'payer' | 'payee' = 'payer'): NodeEvent => ({
  type: 'channel.phase',
  channelId: CHANNEL_ID,
  peer: PROVIDER,
  role,
  phase: name,
  deposit: '6000000',
})
const paid: NodeEvent = {
  type: 'channel.paid',
  channelId: CHANNEL_ID,
  peer: PROVIDER,
  role: 'payer',
  agreementHash: AUCTION,
  amount: '1',
  sent: '250000',
}

describe('the story of the demo', () => {
  it('counts the best bid of each provider, also before it knows whose auction it is', () => {
    const heard = having(
      bought,
      bid(PROVIDER, '900000'),
      bid(REQUESTER, '950000'),
      bid(PROVIDER, '800000'),
    )
    const known = withAuctions(heard, [{ auctionId: AUCTION, taskHash: TASK_HASH }])
    const [purchase] = known.purchases
    assert.ok(purchase)
    assert.deepEqual(
      saleOf(known, purchase).offers.map(({ price }) => price),
      [950_000n, 800_000n],
    )
    assert.equal(saleOf(having(known, award), purchase).winner, PROVIDER)
  })

  it('follows work and money of a task', () => {
    const running = having(linked, phase('running'), progress('600', '300000'))
    const [purchase] = running.purchases
    assert.deepEqual(
      [purchase?.phase, purchase?.fuelUsed, purchase?.paid],
      ['running', 600n, 300_000n],
    )
    const [done] = having(running, receipt, phase('settled')).purchases
    assert.deepEqual([done?.cost, done?.receiptHash], [700_000n, RECEIPT_HASH])
    assert.ok(done && isEnded(done))
  })

  it('keeps to the buyer’s side and to what it knows', () => {
    const elsewhere = { ...receipt, role: 'provider' } as NodeEvent
    assert.equal(having(linked, elsewhere), linked)
    assert.equal(having(linked, channelPhase('open', 'payee')), linked)
    assert.equal(having(linked, { type: 'bid.declined', auctionId: AUCTION, code: 'X' }), linked)
  })

  it('puts a new attempt in the place of a failed one', () => {
    const again = withPurchase(linked, 'tile 1', { ...task, id: 'task2' })
    assert.deepEqual(
      again.purchases.map(({ taskId }) => taskId),
      ['task2'],
    )
  })
})

describe('telling the story', () => {
  it('draws a purchase on one line, from preparing to paid', () => {
    const lineOf = (story: Story) => purchaseLine(story.purchases[0] as never, story, words)
    assert.match(lineOf(bought), /^ {2}tile 1 +preparing +·{12} *$/)
    const running = having(
      linked,
      bid(PROVIDER, '900000'),
      award,
      phase('running'),
      progress('600', '300000'),
    )
    assert.match(lineOf(running), /running +0\.90 +swift +█{6}░{6} +0\.3000/)
    const done = having(running, receipt, phase('settled'))
    assert.match(lineOf(done), /paid +0\.90 +swift +█{12} +0\.7000 receipt 0xd4d4…d4d4/)
    assert.match(lineOf(having(linked, phase('unsold', 'NO_BIDS'))), /unsold +.*NO_BIDS/)
    assert.match(purchaseHeader(words), /work +stage +bids +winner +fuel +tUSD/)
  })

  it('shows how much of each deposit is promised', () => {
    const lines = channelLines(having(emptyStory, channelPhase('open'), paid), words)
    assert.deepEqual(lines, ['  channel to swift    open     0.2500 of 6.0000 promised'])
  })

  it('tells each piece of news once where lines cannot be redrawn', () => {
    const stories = [linked]
    const events = [
      bid(PROVIDER, '900000'),
      phase('awarded'),
      award,
      channelPhase('opening'),
      channelPhase('open'),
      paid,
      phase('running'),
      receipt,
      phase('settled'),
    ]
    for (const event of events) stories.push(having(stories.at(-1) as Story, event))
    const news = stories
      .slice(1)
      .flatMap((story, index) => newsBetween(stories[index] as Story, story, words))
    assert.deepEqual(news, [
      '  tile 1   1 bid (0.90), awarded to swift',
      '  channel  open to swift with 6.0000 tUSD',
      '  tile 1   paid 0.7000 tUSD, receipt 0xd4d4…d4d4',
    ])
    const failed = having(linked, phase('failed', 'DELIVERY_TIMEOUT'))
    assert.deepEqual(newsBetween(linked, failed, words), ['  tile 1   failed: DELIVERY_TIMEOUT'])
  })

  it('cuts amounts and never rounds them up', () => {
    assert.equal(money(1_999_999n, 6), '1.9999')
    assert.equal(money(-1_999_999n, 6), '-1.9999')
    assert.equal(money(5n, 0), '5.0000')
  })
})

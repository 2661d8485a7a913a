import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'mocha'
import type { TaskView } from '../../protocols/control/index.ts'
import { wasmFixture } from '../fixtures/wasm/wat.ts'
import {
  buy,
  channelWith,
  ended,
  listen,
  type Order,
  order,
  stdoutOf,
  taskWhen,
  tokensOf,
} from './kit/buying.ts'
import { type Market, openMarket, tellLogs } from './kit/market.ts'
import type { NodeProcess } from './kit/node-process.ts'
import { inviteStranger, type Overheard, type Stranger, TOPICS } from './kit/stranger.ts'
import { until } from './kit/until.ts'

const hello: Order = { module: wasmFixture('hello'), limits: { fuel: '1000000' } }
const spin = wasmFixture('spin')
// At 0.0001 a million fuel each slice is worth 0.05; half of them are paid before delivery.
const moments: Order = { module: spin, limits: { fuel: '2000000000' }, sliceCount: 4 }
// Goes on for long after its first slice is paid, whatever the machine.
const ages: Order = {
  module: spin,
  limits: { fuel: '40000000000' },
  sliceCount: 80,
  budget: '4.50',
}
const DEPOSIT = 5_000_000n

const isPaidFor = ({ phase, paid }: TaskView) => phase === 'running' && BigInt(paid) > 0n
const isAwarded = ({ phase }: TaskView) => phase !== 'created' && phase !== 'announced'

describe('a market in which nodes die', function () {
  this.timeout(120_000)
  let market: Market
  let buyer: NodeProcess
  let seller: NodeProcess

  const startBuyer = async () => {
    buyer = await market.join('buyer', { 'market.role': 'requester' })
  }
  const startSeller = async () => {
    seller = await market.join('seller', {
      'market.role': 'provider',
      'market.pricePerMfuel': '0.0001',
    })
  }
  const sold = (task: TaskView): Promise<TaskView> => ended(seller, task.agreementHash ?? '')

  /** What both sides say of their channel, which must be the same. */
  const agreedSums = async () => {
    const sumsOf = async (node: NodeProcess, other: NodeProcess) => {
      const { sent, credit, reserved, deposit } = await channelWith(node, other)
      return { sent, credit, reserved, deposit }
    }
    let [ours, theirs] = [await sumsOf(buyer, seller), await sumsOf(seller, buyer)]
    await until(
      () => `both sides agree: ${JSON.stringify([ours, theirs])}`,
      async () => {
        ;[ours, theirs] = [await sumsOf(buyer, seller), await sumsOf(seller, buyer)]
        return JSON.stringify(ours) === JSON.stringify(theirs)
      },
    )
    assert.equal(ours.reserved, '0')
    return { sent: BigInt(ours.sent), credit: BigInt(ours.credit), deposit: BigInt(ours.deposit) }
  }

  before(async () => {
    market = await openMarket()
    await startBuyer()
    await startSeller()
    await market.meet(buyer, [seller])
  })
  afterEach(tellLogs(() => market))
  after(() => market?.stop())

  it('ends a task whose requester dies after the award, and deposits once', async () => {
    const before = await tokensOf(buyer)
    const { id } = await order(buyer, hello)
    await taskWhen(buyer, id, isAwarded)
    await buyer.kill()
    await startBuyer()
    const task = await ended(buyer, id)
    assert.deepEqual([task.phase, task.code], ['settled', null])
    assert.equal(await stdoutOf(buyer, id), 'hello\n')
    assert.equal((await sold(task)).phase, 'settled')
    const { sent, credit, deposit } = await agreedSums()
    assert.deepEqual([sent, credit, deposit], [BigInt(task.cost ?? 0), 0n, DEPOSIT])
    assert.equal(await tokensOf(buyer), before - DEPOSIT)
  })

  it('ends a task on both sides alike when its requester dies while it runs', async () => {
    const before = await agreedSums()
    const { id } = await order(buyer, moments)
    await taskWhen(buyer, id, isPaidFor)
    await buyer.kill()
    await startBuyer()
    const task = await ended(buyer, id)
    const { phase, paid } = await sold(task)
    // Failed where the requester was away for longer than the provider waits for a slice.
    assert.ok(phase === 'settled' || phase === 'failed', phase)
    assert.deepEqual([task.phase, task.paid], [phase, paid])
    if (phase === 'settled') {
      assert.deepEqual([task.outcome, task.paid], ['out-of-fuel', task.cost])
    }
    const after = await agreedSums()
    assert.equal(after.sent - before.sent, BigInt(paid))
  })

  it('gives back what was paid when the provider dies while it runs', async () => {
    const before = await agreedSums()
    const { id } = await order(buyer, ages)
    await taskWhen(buyer, id, isPaidFor)
    await seller.kill()
    await startSeller()
    const task = await ended(buyer, id)
    assert.deepEqual([task.phase, task.code], ['failed', 'PROVIDER_RESTARTED'])
    assert.match(task.message ?? '', /restarted in the middle of the work/)
    assert.equal((await sold(task)).code, 'PROVIDER_RESTARTED')
    const { sent, credit } = await agreedSums()
    for (const { paid, refunded } of [await ended(buyer, id), await sold(task)]) {
      assert.ok(BigInt(paid) > 0n)
      assert.equal(refunded, paid)
      assert.equal(credit - before.credit, BigInt(refunded))
      assert.equal(sent - before.sent, BigInt(paid))
    }
  })

  it('pays the next task from the credit', async () => {
    const before = await agreedSums()
    await market.meet(buyer, [seller])
    const task = await buy(buyer, hello)
    assert.equal(task.phase, 'settled')
    await sold(task)
    const after = await agreedSums()
    assert.equal(after.sent, before.sent)
    assert.equal(before.credit - after.credit, BigInt(task.cost ?? 0))
  })

  it('settles a task whose provider dies after delivery, before it is accepted', async () => {
    const before = await agreedSums()
    const { id } = await order(buyer, { ...hello, acceptance: 'manual' })
    await taskWhen(buyer, id, ({ phase }) => phase === 'delivered')
    await seller.kill()
    await startSeller()
    await buyer.client.complete({ id })
    const task = await ended(buyer, id)
    assert.equal(task.phase, 'settled')
    assert.equal((await sold(task)).phase, 'settled')
    const after = await agreedSums()
    const spent = after.sent - after.credit - (before.sent - before.credit)
    assert.equal(spent, BigInt(task.cost ?? 0))
  })

  describe('and in which a stranger repeats and corrupts what it hears', () => {
    const strangers: Stranger[] = []
    let overheard: Overheard[]

    const idsOf = async ({ client }: NodeProcess) =>
      (await client.tasks({})).items.map(({ id }) => id)
    const damaged = ({ topic, data }: Overheard): Overheard[] =>
      [0, 8, data.length >> 1, data.length - 40, data.length - 1].map((at) => {
        const bytes = Uint8Array.from(data)
        bytes[at] = (bytes[at] ?? 0) ^ 0x55
        return { topic, data: bytes }
      })

    before(async () => {
      const listener = await inviteStranger(market, 'listener', [buyer, seller])
      strangers.push(listener)
      await sold(await buy(buyer, hello))
      await until('all of a sale is overheard', async () =>
        TOPICS.every((topic) => listener.heard.some((message) => message.topic === topic)),
      )
      overheard = [...listener.heard]
    })
    after(() => Promise.all(strangers.map((stranger) => stranger.stop())))

    it('changes nothing, even at a node that was away meanwhile', async () => {
      // A node that has just started has no memory of what it has gossiped.
      assert.equal(await seller.stop(), 0)
      await startSeller()
      await market.meet(buyer, [seller])
      const [bought, sales, sums] = [await idsOf(buyer), await idsOf(seller), await agreedSums()]
      const liar = await inviteStranger(market, 'liar', [buyer, seller])
      strangers.push(liar)
      const noise = TOPICS.map((topic) => ({ topic, data: new Uint8Array(2_000).fill(0x99) }))
      for (const message of [...overheard, ...overheard.flatMap(damaged), ...noise]) {
        await liar.say(message)
      }
      const task = await buy(buyer, hello)
      assert.equal(task.phase, 'settled')
      await sold(task)

      const stream = await listen(seller, 0)
      const bids = () =>
        stream.events.flatMap((event) => (event.type === 'bid.placed' ? [event.auctionId] : []))
      await until('the seller tells of its bid', async () => bids().length > 0)
      stream.close()
      assert.deepEqual(bids(), [task.auctionId])
      assert.deepEqual(await idsOf(buyer), [task.id, ...bought])
      assert.deepEqual(await idsOf(seller), [task.agreementHash, ...sales])
      const { sent, credit } = await agreedSums()
      assert.equal(sent - credit, sums.sent - sums.credit + BigInt(task.cost ?? 0))
      const healths = await Promise.all([buyer.client.health(), seller.client.health()])
      assert.ok(healths.every(({ isReady }) => isReady))
    })
  })
})

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import { faultCode } from '../../protocols/common/index.ts'
import type { TaskView } from '../../protocols/control/index.ts'
import { wasmFixture } from '../fixtures/wasm/wat.ts'
import {
  buy,
  channelWith,
  type Listening,
  listen,
  order,
  sourceOf,
  stdoutOf,
  taskWhen,
  tokensOf,
} from './kit/buying.ts'
import { type Market, openMarket, tellLogs } from './kit/market.ts'
import { ask, type NodeProcess } from './kit/node-process.ts'
import { until } from './kit/until.ts'

// Ten slices of 50 million fuel, of which it uses nine; at the lower price each is worth 0.10, and all ten 1.001.
const toil = {
  module: wasmFixture('toil'),
  limits: { fuel: '500000000' },
  sliceCount: 10,
  budget: '5.00',
}
const hello = { module: wasmFixture('hello'), limits: { fuel: '1000000' } }

const BASE = 1_000n
const PER_MFUEL = 2_000n
const PRICE = BASE + 500n * PER_MFUEL
const costOf = (fuel: string) => BASE + (BigInt(fuel) * PER_MFUEL + 999_999n) / 1_000_000n

describe('a market of a requester and two providers', function () {
  this.timeout(90_000)
  let market: Market
  let buyer: NodeProcess
  let cheap: NodeProcess
  let dear: NodeProcess
  let stream: Listening
  let first: TaskView
  const atFirst = new Map<NodeProcess, bigint>()

  const gainOf = async (node: NodeProcess) => (await tokensOf(node)) - (atFirst.get(node) ?? 0n)
  const boughtSoFar = async (): Promise<bigint> => {
    const { items } = await buyer.client.tasks({})
    return items.reduce((sum, { cost }) => sum + BigInt(cost ?? 0), 0n)
  }

  before(async () => {
    market = await openMarket()
    buyer = await market.join('buyer', { 'market.role': 'requester' })
    const sells = { 'market.role': 'provider', 'market.basePrice': '0.001' }
    ;[cheap, dear] = await Promise.all([
      market.join('cheap', { ...sells, 'market.pricePerMfuel': '0.002' }),
      market.join('dear', { ...sells, 'market.pricePerMfuel': '0.003' }),
    ])
    await market.meet(buyer, [cheap, dear])
    for (const node of [buyer, cheap, dear]) atFirst.set(node, await tokensOf(node))
    stream = await listen(buyer, 0)
    first = await buy(buyer, toil)
  })
  afterEach(tellLogs(() => market))
  after(async () => {
    stream?.close()
    await market?.stop()
  })

  it('has the cheaper of them do the task', async () => {
    const { items } = await buyer.client.auctions()
    const auction = items.find(({ auctionId }) => auctionId === first.auctionId)
    assert.deepEqual(
      auction?.bids.map(({ provider }) => provider),
      [cheap.agent, dear.agent],
    )
    assert.equal(auction?.winner, cheap.agent)
    assert.equal(first.provider, cheap.agent)
  })

  it('brings the output back', async () => {
    assert.deepEqual([first.phase, first.outcome, first.exitCode], ['settled', 'exit', 0])
    assert.equal(await stdoutOf(buyer, first.id), 'done\n')
  })

  it('charges for the fuel that was used', () => {
    assert.equal(BigInt(first.price ?? 0), PRICE)
    assert.equal(BigInt(first.cost ?? 0), costOf(first.fuelUsed))
    assert.equal(first.paid, first.cost)
    assert.equal(first.refunded, '0')
  })

  it('pays slice by slice, at most the prepayment before delivery', () => {
    const payments = stream.events.filter((event) => event.type === 'channel.paid')
    const sums = payments.map(({ sent }) => BigInt(sent))
    assert.ok(sums.length >= 3, `${sums.length} payments`)
    assert.ok(sums.every((sum, index) => index === 0 || sum > (sums[index - 1] ?? 0n)))
    assert.equal(sums.at(-1), BigInt(first.paid))
    const receipt = stream.events.find((event) => event.type === 'task.receipt')
    const early = payments.filter(({ seq }) => seq < (receipt?.seq ?? 0))
    assert.equal(early.length, payments.length - 1)
    assert.ok(BigInt(early.at(-1)?.sent ?? 0) <= PRICE / 2n)
  })

  it('tells what the task has cost whom', async () => {
    const status = await buyer.client.economicStatus({ id: first.id })
    assert.deepEqual(
      [status.phase, status.paymentMethod, status.escrow],
      ['settled', 'channel', null],
    )
    assert.deepEqual([status.amountPaid, status.cost], [first.cost, first.cost])
    assert.deepEqual(status.parties, { requester: buyer.agent, provider: cheap.agent })
    assert.equal(status.budget.maxPrice, '5000000')
    assert.equal(BigInt(status.budget.agreedPrice ?? 0), PRICE)
    assert.equal(BigInt(status.budget.prepaid), PRICE / 2n)
    assert.equal(status.resources?.fuel, first.fuelUsed)
    assert.ok((status.resources?.memoryBytes ?? 0) > 0)
    assert.ok(status.reputationDelta > 0)
    assert.equal(status.receipt?.provider, cheap.agent)
    assert.equal(status.receipt?.receiptHash, first.receiptHash)
    assert.equal(status.channel?.sent, first.paid)
    assert.equal(status.channel?.reserved, '0')
  })

  it('leaves both sides with the same receipt', async () => {
    const sold = await taskWhen(
      cheap,
      first.agreementHash ?? '',
      ({ phase }) => phase === 'settled',
    )
    const { role, cost, paid, receiptHash, taskHash, fuelUsed } = sold
    assert.deepEqual(
      { role, cost, paid, receiptHash, taskHash, fuelUsed },
      {
        role: 'provider',
        cost: first.cost,
        paid: first.paid,
        receiptHash: first.receiptHash,
        taskHash: first.taskHash,
        fuelUsed: first.fuelUsed,
      },
    )
    assert.equal((await dear.client.tasks({})).items.length, 0)
  })

  // Output is shown as it comes and kept by nobody: it has no number of its own.
  const kept = (events: Listening['events']) => events.filter(({ type }) => type !== 'task.output')

  it('streams its events in order', () => {
    const seqs = kept(stream.events).map(({ seq }) => seq)
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => index + 1),
    )
    const phases = stream.events.flatMap((event) =>
      event.type === 'task.phase' && event.taskId === first.id ? [event.phase] : [],
    )
    const way = ['created', 'announced', 'awarded', 'agreed', 'funded', 'running']
    assert.deepEqual(phases, [...way, 'delivered', 'accepted', 'settled'])
  })

  it('resumes the stream behind any event', async () => {
    const events = kept(stream.events)
    const last = events.length
    const middle = Math.floor(last / 2)
    const resumed = await listen(buyer, middle)
    await until('the rest has come', async () => kept(resumed.events).length >= last - middle)
    resumed.close()
    assert.deepEqual(kept(resumed.events).slice(0, last - middle), events.slice(middle, last))
    assert.deepEqual(resumed.gaps, [])
  })

  it('acts once under an Idempotency-Key', async () => {
    const body = { module: sourceOf(hello.module), limits: hello.limits, budget: '0.50' }
    const once = { idempotencyKey: 'hello-for-the-first-time' }
    const { client } = buyer
    const before = (await client.tasks({})).items.length
    const [one, other] = await Promise.all([
      client.executeWithPayment({ body }, once),
      client.executeWithPayment({ body }, once),
    ])
    assert.equal(one.id, other.id)
    await taskWhen(buyer, one.id, ({ phase }) => phase === 'settled')
    assert.equal((await client.executeWithPayment({ body }, once)).id, one.id)
    assert.equal((await client.tasks({})).items.length, before + 1)
    const changed = client.executeWithPayment({ body: { ...body, budget: '0.60' } }, once)
    await assert.rejects(changed, (error) => faultCode(error) === 'IDEMPOTENCY_CONFLICT')
  })

  describe('from the command line', () => {
    const run = async (name: string, args: readonly string[] = []) => {
      const path = join(market.folder, `${name}.wasm`)
      await writeFile(path, wasmFixture(name))
      return ask(buyer, ['run', path, '--budget', '0.50', '--fuel', '1000000', ...args])
    }

    it('runs a program as if it ran here', async () => {
      const { code, stdout, stderr } = await run('hello')
      assert.equal(stdout, 'hello\n')
      assert.equal(code, 0)
      assert.match(
        stderr,
        /\nsouk: 0\.00\d+ of at most 0\.50\S* \S+ · \d+ fuel · .*receipt 0x\S+\n$/,
      )
    })

    it('passes standard input, standard error and the exit code', async () => {
      const input = join(market.folder, 'input.txt')
      await writeFile(input, 'said and done')
      const [echo, complaint] = await Promise.all([
        run('echo', ['--input', input]),
        run('exit-code'),
      ])
      assert.deepEqual([echo.code, echo.stdout], [0, 'said and done'])
      assert.deepEqual([complaint.code, complaint.stdout], [7, ''])
      assert.match(complaint.stderr, /\nsorry\n?souk: [^\n]+\n$/)
    })

    it('shows what the node is and does', async () => {
      const { code, stdout } = await ask(buyer, ['status'])
      assert.equal(code, 0)
      assert.match(stdout, new RegExp(buyer.agent))
      assert.match(stdout, /^health +ready$/m)
      assert.match(stdout, /bought +settled/)
      assert.match(stdout, /pays +\S+ +open +5/)
    })

    it('shows one task, its money, and lists', async () => {
      const [list, money, peers] = await Promise.all([
        ask(buyer, ['task', 'list', '--limit', '200']),
        ask(buyer, ['--json', 'task', 'money', first.id]),
        ask(buyer, ['network', 'peers']),
      ])
      assert.match(list.stdout, /^id +role +phase/)
      assert.ok(list.stdout.includes(first.id), list.stdout)
      assert.equal(JSON.parse(money.stdout).receipt.receiptHash, first.receiptHash)
      for (const { agent } of [cheap, dear]) assert.ok(peers.stdout.includes(agent), peers.stdout)
    })
  })

  describe('at the end of a channel', () => {
    it('claims on chain what is promised', async () => {
      const { channelId, sent } = await channelWith(cheap, buyer)
      assert.equal(BigInt(sent), await boughtSoFar())
      const claimed = await cheap.client.claimChannel({ id: channelId })
      assert.equal(claimed.claimed, sent)
      assert.equal(await gainOf(cheap), BigInt(sent))
    })

    it('closes it: each side ends with what the tasks have cost', async () => {
      // What is promised and not claimed must be paid out as well.
      const { phase } = await buy(buyer, hello)
      assert.equal(phase, 'settled')
      const total = await boughtSoFar()
      const { channelId } = await channelWith(buyer, cheap)
      await buyer.client.closeChannel({ id: channelId })
      await until('the channel is closed on both sides', async () => {
        const views = await Promise.all([channelWith(buyer, cheap), channelWith(cheap, buyer)])
        return views.every((view) => view.phase === 'closed')
      })
      const gains = await Promise.all([gainOf(buyer), gainOf(cheap), gainOf(dear)])
      assert.deepEqual(gains, [-total, total, 0n])
    })

    it('opens another for the next task', async () => {
      const { phase, channelId, paid } = await buy(buyer, hello)
      assert.equal(phase, 'settled')
      const { items } = await buyer.client.channels()
      const next = items.find((channel) => channel.channelId === channelId)
      assert.deepEqual([next?.phase, next?.sent], ['open', paid])
    })
  })

  it('refuses to complete or cancel what is over', async () => {
    const { id } = first
    assert.equal((await buyer.client.complete({ id })).phase, 'settled')
    const tooLate = buyer.client.cancel({ id })
    await assert.rejects(tooLate, (error) => faultCode(error) === 'WRONG_PHASE')
  })

  it('waits for its owner where asked to, and pays the rest on their word', async () => {
    const { id } = await order(buyer, { ...toil, acceptance: 'manual' })
    const delivered = await taskWhen(buyer, id, ({ phase }) => phase === 'delivered')
    assert.ok(BigInt(delivered.paid) <= PRICE / 2n)
    await buyer.client.complete({ id })
    const done = await taskWhen(buyer, id, ({ phase }) => phase === 'settled')
    assert.equal(done.paid, done.cost)
  })
})

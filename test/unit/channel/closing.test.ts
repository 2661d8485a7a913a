import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import { MAX_RUNNING_DEALS } from '../../../protocols/channel/index.ts'
import {
  balancesOf,
  callsOf,
  createPair,
  type Deal,
  faultOf,
  finishBoth,
  hashOf,
  type Pair,
  payTo,
  rest,
  stopAll,
  strike,
  WINDOW,
} from './two-agents.ts'

const paidDeal = async (pair: Pair, paid: bigint): Promise<Deal> => {
  const deal = await strike(pair, 'one', 60n)
  await payTo(pair, deal, paid)
  await finishBoth(pair, deal)
  return deal
}

describe('a channel closed together', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  for (const asker of ['ann', 'bob'] as const) {
    it(`at ${asker === 'ann' ? 'the payer' : 'the payee'}’s wish pays both at once`, async () => {
      pair = await createPair()
      const { channelId } = await paidDeal(pair, 25n)
      const view = await pair[asker].keeper.close(channelId)
      await rest(pair)
      assert.equal(view.phase, 'closed')
      assert.deepEqual(balancesOf(pair), { ann: -25n, bob: 25n })
      for (const { keeper } of [pair.ann, pair.bob]) {
        const { payA, payB, frozen } = keeper.get(channelId) ?? {}
        assert.deepEqual([payA, payB, frozen], ['75', '25', null])
      }
      assert.deepEqual(callsOf(pair), ['open-channel', 'coop-close'])
      assert.equal((await pair[asker].keeper.close(channelId)).phase, 'closed')
    })
  }

  it('pays back the credit that was not consumed, and what was claimed only once', async () => {
    pair = await createPair()
    const { channelId } = await paidDeal(pair, 25n)
    await pair.bob.keeper.claim(channelId)
    const failed = await strike(pair, 'failed', 40n)
    await payTo(pair, failed, 30n)
    await pair.bob.keeper.refund(failed.agreementHash)
    await rest(pair)
    await finishBoth(pair, failed)
    await pair.ann.keeper.close(channelId)
    assert.deepEqual(balancesOf(pair), { ann: -25n, bob: 25n })
  })

  it('pays a promise that was never acknowledged', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    pair.network.intercept(({ type }) => (type === 'pay' ? 'lose-request' : 'deliver'))
    const payment = payTo(pair, deal, 20n).then(() => 'paid', faultOf)
    await rest(pair)
    await pair.clock.advance(31_000)
    assert.equal(await payment, 'PAYMENT_UNACKED')
    await finishBoth(pair, deal)
    await pair.ann.keeper.close(deal.channelId)
    assert.deepEqual(balancesOf(pair), { ann: -20n, bob: 20n })
  })

  it('is not closed while deals run, on either side', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    const { channelId } = deal
    for (const { keeper } of [pair.ann, pair.bob]) {
      assert.equal(await keeper.close(channelId).then(() => 'closed', faultOf), 'CHANNEL_BUSY')
    }
    await pair.ann.keeper.release(deal.key)
    assert.equal(
      await pair.ann.keeper.close(channelId).then(() => 'closed', faultOf),
      'CHANNEL_BUSY',
    )
    assert.deepEqual(callsOf(pair), ['open-channel'])
    assert.equal(pair.ann.keeper.get(channelId)?.frozen, null)
  })

  it('takes no payment and no new deal from the first signature on', async () => {
    pair = await createPair()
    const deal = await paidDeal(pair, 25n)
    pair.network.intercept(({ type }) => (type === 'close' ? 'lose-answer' : 'deliver'))
    const closing = pair.ann.keeper.close(deal.channelId).then(() => 'closed', faultOf)
    await rest(pair)
    const { keeper } = pair.bob
    assert.equal(keeper.get(deal.channelId)?.frozen, 'CLOSE_OUTSTANDING')
    const order = { channelId: deal.channelId, agreementHash: hashOf('next'), amount: 5n }
    assert.equal(
      await keeper.back({ ...order, payer: pair.ann.address }).then(() => 'backed', faultOf),
      'CLOSE_OUTSTANDING',
    )
    assert.equal(
      await keeper.claim(deal.channelId).then(() => 'claimed', faultOf),
      'CLOSE_OUTSTANDING',
    )
    pair.ann.disconnect()
    await closing
  })

  it('goes on when the signed close was void before it was used', async () => {
    pair = await createPair()
    const deal = await paidDeal(pair, 25n)
    const { ann, bob, clock } = pair
    ann.submit = () => new Promise(() => {})
    const closing = ann.keeper.close(deal.channelId).then(() => 'closed', faultOf)
    await rest(pair)
    assert.equal(ann.keeper.get(deal.channelId)?.frozen, 'CLOSE_OUTSTANDING')
    await clock.advance(300_000)
    assert.equal(bob.keeper.get(deal.channelId)?.frozen, 'CLOSE_OUTSTANDING')
    await clock.advance(62_000)
    assert.equal(bob.keeper.get(deal.channelId)?.frozen, null)
    await ann.keeper.stop()
    await closing
  })

  it('is finished by a restarted asker that holds both signatures', async () => {
    pair = await createPair()
    const deal = await paidDeal(pair, 25n)
    const { submit } = pair.ann
    pair.ann.submit = () => new Promise(() => {})
    pair.ann.keeper.close(deal.channelId).catch(() => {})
    await rest(pair)
    pair.ann.submit = submit
    await pair.ann.restart()
    await rest(pair)
    assert.equal(pair.ann.keeper.get(deal.channelId)?.phase, 'closed')
    assert.deepEqual(balancesOf(pair), { ann: -25n, bob: 25n })
  })

  it('is refused on terms that take from the other side, or hold for too long', async () => {
    pair = await createPair()
    const deal = await paidDeal(pair, 25n)
    const asked: unknown[] = []
    pair.network.intercept(({ type, body }) => {
      if (type === 'close') asked.push(body)
      return type === 'close' ? 'lose-request' : 'deliver'
    })
    const closing = pair.ann.keeper.close(deal.channelId).then(() => 'closed', faultOf)
    await rest(pair)
    pair.network.intercept(null)
    await pair.ann.keeper.stop()
    await closing
    const { talk } = pair.network.join(pair.ann.address)
    const [[fields]] = asked as [[unknown[]]]
    const ask = (at: number, value: unknown) => {
      const terms = [...fields]
      terms[at] = value
      const request = { protocol: '/souk/channel/1', type: 'close', body: [terms] } as never
      return talk.request(pair.bob.address, request).then(() => 'signed', faultOf)
    }
    const amount = (value: number) => new Uint8Array(12).fill(value, 11)
    assert.equal(await ask(3, amount(24)), 'CLOSE_REFUSED')
    assert.equal(await ask(2, amount(76)), 'CLOSE_REFUSED')
    assert.equal(await ask(4, pair.clock.now() + 601), 'CLOSE_TIME')
    assert.equal(await ask(4, pair.clock.now()), 'CLOSE_TIME')
    assert.equal(await ask(0, new Uint8Array(31)), 'MESSAGE_MALFORMED')
    assert.equal(await ask(4, pair.clock.now() + 600), 'signed')
  })
})

describe('many channels that their owner leaves', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  const strikeTwo = async () => {
    const one = await strike(pair, 'one', 60n)
    for (let at = 1; at < MAX_RUNNING_DEALS; at++) {
      const order = { provider: pair.bob.address, amount: 0n, key: hashOf(`idle ${at}`) }
      await pair.ann.keeper.reserve(order)
    }
    const two = await strike(pair, 'two', 60n)
    await payTo(pair, two, 10n)
    return [one.channelId, two.channelId] as const
  }

  it('are not all closing at a time, and the wish outlives a restart', async () => {
    pair = await createPair({ ann: { closesAtOnce: 1 }, bob: { tickMs: 1_000_000_000 } })
    const [one, two] = await strikeTwo()
    const phases = () => [one, two].map((id) => pair.ann.keeper.get(id)?.phase)
    await pair.ann.keeper.close(one, { force: true })
    assert.equal((await pair.ann.keeper.close(two, { force: true })).isLeaving, true)
    assert.deepEqual(phases(), ['closing', 'open'])
    await pair.ann.restart()
    await pair.clock.advance(WINDOW * 1_000 - 5_000)
    assert.deepEqual(phases(), ['closing', 'open'])
    await pair.clock.advance(20_000)
    assert.deepEqual(phases(), ['closed', 'closing'])
    await pair.clock.advance(WINDOW * 1_000 + 20_000)
    assert.deepEqual(phases(), ['closed', 'closed'])
  })
})

describe('a channel closed alone', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  it('by the payer is answered by the payee within the window and settled after it', async () => {
    pair = await createPair()
    const deal = await paidDeal(pair, 25n)
    pair.bob.disconnect()
    const view = await pair.ann.keeper.close(deal.channelId)
    assert.deepEqual([view.phase, view.closeAt], ['closing', pair.clock.now() + WINDOW])
    await rest(pair)
    assert.deepEqual(callsOf(pair), ['open-channel', 'start-close', 'respond'])
    await pair.clock.advance(WINDOW * 1000 + 2_000)
    assert.deepEqual(balancesOf(pair), { ann: -25n, bob: 25n })
    assert.equal(pair.bob.keeper.get(deal.channelId)?.phase, 'closed')
    assert.deepEqual(callsOf(pair).slice(3), ['settle-channel'])
  })

  it('by the payee hands in the promise with it, and the payee settles when the payer does not', async () => {
    pair = await createPair()
    const deal = await paidDeal(pair, 25n)
    await pair.ann.keeper.stop()
    pair.ann.disconnect()
    await pair.bob.keeper.close(deal.channelId)
    await pair.clock.advance(WINDOW * 1000 + 2_000)
    assert.deepEqual(callsOf(pair), ['open-channel', 'start-close'])
    await pair.clock.advance(60_000)
    assert.deepEqual(callsOf(pair), ['open-channel', 'start-close', 'settle-channel'])
    assert.deepEqual(balancesOf(pair), { ann: -25n, bob: 25n })
  })

  it('while the payee was away is answered when it comes back', async () => {
    pair = await createPair()
    const deal = await paidDeal(pair, 25n)
    const backup = pair.bob.store
    await pair.bob.keeper.stop()
    pair.bob.disconnect()
    await pair.ann.keeper.close(deal.channelId)
    await pair.clock.advance(1_800_000)
    await pair.bob.restart(backup.snapshot())
    await rest(pair)
    assert.deepEqual(callsOf(pair).at(-1), 'respond')
    await pair.clock.advance(1_900_000)
    assert.deepEqual(balancesOf(pair), { ann: -25n, bob: 25n })
  })

  it('takes no payment any more', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 10n)
    await pair.ann.keeper.close(deal.channelId, { force: true })
    await rest(pair)
    assert.equal(await payTo(pair, deal, 20n).then(() => 'paid', faultOf), 'CHANNEL_CLOSING')
    const next = { provider: pair.bob.address, amount: 5n, key: hashOf('next') }
    const { channelId } = await pair.ann.keeper.reserve(next)
    assert.notEqual(channelId, deal.channelId)
  })

  it('before any money was in it is just forgotten', async () => {
    pair = await createPair()
    const { ann, bob } = pair
    const key = hashOf('auction')
    const { channelId } = await ann.keeper.reserve({ provider: bob.address, amount: 5n, key })
    await ann.keeper.release(key)
    const view = await ann.keeper.close(channelId)
    assert.deepEqual([view.phase, view.payA, view.payB], ['closed', '0', '0'])
    assert.deepEqual(callsOf(pair), [])
    assert.equal(await ann.keeper.close(hashOf('?')).then(() => '', faultOf), 'CHANNEL_UNKNOWN')
  })
})

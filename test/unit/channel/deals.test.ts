import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import { Fault } from '../../../protocols/common/index.ts'
import {
  createPair,
  finishBoth,
  hashOf,
  type Pair,
  payTo,
  rest,
  stopAll,
  strike,
} from './two-agents.ts'

const code = (wanted: string) => (error: unknown) => error instanceof Fault && error.code === wanted

describe('a first deal with a provider', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  it('proposes a channel that both sides hold durably, with nothing on chain yet', async () => {
    pair = await createPair()
    const { ann, bob, chain } = pair
    const key = hashOf('auction')
    const { channelId, params } = await ann.keeper.reserve({
      provider: bob.address,
      amount: 40n,
      key,
    })
    assert.equal(ann.keeper.get(channelId)?.phase, 'accepted')
    assert.equal(bob.keeper.get(channelId)?.phase, 'accepted')
    assert.equal(params.partyA, ann.address)
    assert.equal(chain.channelOf(channelId).status, 'none')
    await assert.rejects(
      bob.keeper.back({ channelId, agreementHash: key, amount: 40n, payer: ann.address }),
      code('CHANNEL_UNCONFIRMED'),
    )
  })

  it('opens it with at least the configured deposit, and pays slice by slice', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 40n)
    assert.equal(pair.chain.channelOf(deal.channelId).deposit, 100n)
    assert.deepEqual(await payTo(pair, deal, 10n), { sent: 10n, amount: 10n })
    assert.deepEqual(await payTo(pair, deal, 25n), { sent: 25n, amount: 15n })
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 25n)
    const [view] = pair.ann.keeper.list()
    assert.deepEqual(
      { sent: view?.sent, reserved: view?.reserved, free: view?.free, phase: view?.phase },
      { sent: '25', reserved: '15', free: '60', phase: 'open' },
    )
    await finishBoth(pair, deal)
    assert.equal(pair.ann.keeper.get(deal.channelId)?.free, '75')
    assert.equal(pair.bob.keeper.get(deal.channelId)?.free, '75')
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 25n)
  })

  it('is accounted for on both sides, running and over', async () => {
    pair = await createPair()
    const { ann, bob } = pair
    const deal = await strike(pair, 'one', 40n)
    await payTo(pair, deal, 10n)
    await bob.keeper.refund(deal.agreementHash)
    await rest(pair)
    assert.deepEqual(ann.keeper.reservations(), [deal.key])
    assert.deepEqual(bob.keeper.reservations(), [])
    await finishBoth(pair, deal)
    assert.deepEqual(ann.keeper.reservations(), [])
    for (const { keeper } of [ann, bob]) {
      const { channelId, agreementHash } = deal
      const account = await keeper.account(channelId, agreementHash)
      assert.deepEqual(account, { paid: 10n, refunded: 10n })
      assert.deepEqual(await keeper.account(agreementHash, channelId), { paid: 0n, refunded: 0n })
    }
  })

  it('deposits what is reserved where that is more', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'big', 340n)
    assert.equal(pair.chain.channelOf(deal.channelId).deposit, 340n)
  })

  it('tells both sides what happened', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 40n)
    await payTo(pair, deal, 10n)
    await rest(pair)
    const phases = (events: typeof pair.ann.events) =>
      events.flatMap((event) => (event.type === 'channel.phase' ? [event.phase] : []))
    assert.deepEqual(phases(pair.ann.events), ['proposed', 'accepted', 'opening', 'open'])
    assert.deepEqual(phases(pair.bob.events), ['accepted', 'open'])
    for (const { events } of [pair.ann, pair.bob]) {
      const paid = events.find(({ type }) => type === 'channel.paid')
      assert.equal(paid?.type === 'channel.paid' && paid.sent, '10')
    }
  })

  it('leaves nothing reserved when the provider cannot be reached', async () => {
    pair = await createPair()
    const { ann, bob } = pair
    bob.disconnect()
    const order = { provider: bob.address, amount: 40n, key: hashOf('auction') }
    await assert.rejects(ann.keeper.reserve(order), code('PEER_UNREACHABLE'))
    assert.equal(ann.keeper.list()[0]?.reserved, '0')
    bob.reconnect()
    await ann.keeper.reserve(order)
    assert.equal(ann.keeper.list().length, 1)
  })

  it('gives the money back when the deposit is refused', async () => {
    pair = await createPair()
    const { ann, bob } = pair
    const key = hashOf('auction')
    const { channelId } = await ann.keeper.reserve({
      provider: bob.address,
      amount: 20_000n,
      key,
    })
    await assert.rejects(ann.keeper.confirm(key), code('FUNDING_FAILED'))
    assert.equal(ann.keeper.get(channelId)?.phase, 'accepted')
    await ann.keeper.release(key)
    await ann.keeper.reserve({ provider: bob.address, amount: 20n, key })
    await ann.keeper.confirm(key)
    assert.equal(ann.keeper.get(channelId)?.deposit, '100')
  })
})

describe('several deals on one channel', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  it('run side by side and each is paid what it was paid', async () => {
    pair = await createPair()
    const deals = await Promise.all(['a', 'b', 'c', 'd'].map((name) => strike(pair, name, 30n)))
    assert.equal(new Set(deals.map(({ channelId }) => channelId)).size, 1)
    await Promise.all(
      deals.map(async (deal, index) => {
        for (let paid = 5n; paid <= 5n * BigInt(index + 1); paid += 5n)
          await payTo(pair, deal, paid)
      }),
    )
    for (const [index, { agreementHash }] of deals.entries()) {
      assert.equal(await pair.bob.keeper.paidFor(agreementHash), 5n * BigInt(index + 1))
    }
    assert.equal(pair.bob.keeper.list()[0]?.sent, '50')
  })

  it('top the deposit up by the shortfall in whole steps, once', async () => {
    pair = await createPair()
    await strike(pair, 'a', 90n)
    const { channelId } = await strike(pair, 'b', 130n)
    assert.equal(pair.chain.channelOf(channelId).deposit, 300n)
    const calls = pair.chain.mined().map(({ call }) => call.type)
    assert.deepEqual(calls.filter((type) => type === 'fund-channel').length, 1)
    await strike(pair, 'c', 80n)
    assert.equal(pair.chain.channelOf(channelId).deposit, 300n)
  })

  it('never back more than the deposit', async () => {
    pair = await createPair()
    const { channelId } = await strike(pair, 'a', 90n)
    const more = { channelId, agreementHash: hashOf('more'), payer: pair.ann.address }
    await assert.rejects(pair.bob.keeper.back({ ...more, amount: 11n }), code('RESERVE_TOO_SMALL'))
    await pair.bob.keeper.back({ ...more, amount: 10n })
    await pair.bob.keeper.back({ ...more, amount: 10n })
    await assert.rejects(
      pair.bob.keeper.back({ ...more, amount: 9n }),
      code('RESERVATION_CONFLICT'),
    )
  })
})

describe('a payment', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  it('made twice is signed, counted and told once', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 40n)
    const [first, second] = await Promise.all([payTo(pair, deal, 10n), payTo(pair, deal, 10n)])
    assert.deepEqual(first, second)
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 10n)
    const told = pair.bob.events.filter(({ type }) => type === 'channel.paid')
    assert.equal(told.length, 1)
  })

  it('is refused when lower, over the reservation, without one, or for another agreement', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 40n)
    await payTo(pair, deal, 10n)
    await assert.rejects(payTo(pair, deal, 9n), code('PAYMENT_LOWER'))
    await assert.rejects(payTo(pair, deal, 41n), code('PAYMENT_OVER_RESERVE'))
    await assert.rejects(
      payTo(pair, { ...deal, key: hashOf('?') }, 11n),
      code('RESERVATION_UNKNOWN'),
    )
    const other = { ...deal, agreementHash: hashOf('?') }
    await assert.rejects(payTo(pair, other, 11n), code('AGREEMENT_CONFLICT'))
    assert.equal(pair.ann.keeper.list()[0]?.sent, '10')
  })

  it('refused by the payee stays promised, and is counted once the payee is ready', async () => {
    pair = await createPair()
    const { ann, bob } = pair
    const key = hashOf('auction')
    const agreementHash = hashOf('agreement')
    const { channelId } = await ann.keeper.reserve({ provider: bob.address, amount: 40n, key })
    await ann.keeper.confirm(key)
    const deal = { key, agreementHash, amount: 40n, channelId }
    await assert.rejects(payTo(pair, deal, 10n), code('PAYMENT_REFUSED'))
    assert.equal(ann.keeper.get(channelId)?.sent, '10')
    assert.equal(ann.keeper.get(channelId)?.unheard, 1)
    await bob.keeper.back({ channelId, agreementHash, amount: 40n, payer: ann.address })
    assert.deepEqual(await payTo(pair, deal, 10n), { sent: 10n, amount: 10n })
    assert.equal(await bob.keeper.paidFor(agreementHash), 10n)
  })

  it('whose answer is lost is sent again after the reconnect, and resolves then', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 40n)
    let isLossy = true
    pair.network.intercept(({ type }) => (isLossy && type === 'pay' ? 'lose-answer' : 'deliver'))
    const payment = payTo(pair, deal, 10n)
    await rest(pair).catch(() => {})
    isLossy = false
    pair.bob.disconnect()
    pair.bob.reconnect()
    await rest(pair)
    assert.deepEqual(await payment, { sent: 10n, amount: 10n })
    assert.equal(pair.ann.keeper.list()[0]?.unheard, 0)
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 10n)
  })

  it('not acknowledged in time leaves a durable promise that a retry repeats', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 40n)
    const promises: unknown[] = []
    let isLossy = true
    pair.network.intercept(({ type, body }) => {
      if (type !== 'pay') return 'deliver'
      promises.push((body as [unknown, unknown][])[0]?.[1])
      return isLossy ? 'lose-request' : 'deliver'
    })
    const payment = payTo(pair, deal, 10n)
    const failed = assert.rejects(payment, code('PAYMENT_UNACKED'))
    await rest(pair)
    await pair.clock.advance(31_000)
    await failed
    assert.equal(pair.ann.keeper.list()[0]?.sent, '10')
    isLossy = false
    assert.deepEqual(await payTo(pair, deal, 10n), { sent: 10n, amount: 10n })
    assert.ok(promises.length >= 2)
    for (const promise of promises) assert.deepEqual(promise, promises[0])
  })

  it('given up by its caller stays made', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 40n)
    pair.network.intercept(({ type }) => (type === 'pay' ? 'lose-request' : 'deliver'))
    const giveUp = new AbortController()
    const { key, agreementHash } = deal
    const order = { key, agreementHash, paid: 10n, memo: hashOf('memo') }
    const payment = pair.ann.keeper.pay(order, { signal: giveUp.signal })
    const failed = assert.rejects(payment, code('PAYMENT_UNACKED'))
    await rest(pair)
    giveUp.abort()
    await failed
    pair.network.intercept(null)
    pair.bob.disconnect()
    pair.bob.reconnect()
    await rest(pair)
    assert.equal(await pair.bob.keeper.paidFor(agreementHash), 10n)
  })
})

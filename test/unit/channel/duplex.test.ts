import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import { Fault, type Hash } from '../../../protocols/common/index.ts'
import {
  type Agent,
  balancesOf,
  callsOf,
  createPair,
  faultOf,
  hashOf,
  type Pair,
  rest,
  stopAll,
  WINDOW,
} from './two-agents.ts'

type Side = 'ann' | 'bob'
const other = (side: Side): Side => (side === 'ann' ? 'bob' : 'ann')

describe('a channel in which both pay', () => {
  let pair: Pair
  let channelId: Hash
  afterEach(() => stopAll(pair))

  /** Ann has put in 100, Bob `amount`. */
  const openBoth = async (amount = 50n, options: Parameters<typeof createPair>[0] = {}) => {
    pair = await createPair(options)
    const { ann, bob } = pair
    const opened = await ann.keeper.open({ peer: bob.address, amount: 100n, mode: 'duplex' })
    channelId = opened.channelId
    if (amount > 0n) await bob.keeper.fund(channelId, amount)
    await rest(pair)
  }

  /** A deal that `side` buys: reserved, backed and paid. */
  const buy = async (side: Side, name: string, price: bigint | { paid: bigint; of: bigint }) => {
    const { paid, of: amount } = typeof price === 'bigint' ? { paid: price, of: price } : price
    const [buyer, seller]: [Agent, Agent] = [pair[side], pair[other(side)]]
    const key = hashOf(`auction ${name}`)
    const agreementHash = hashOf(`agreement ${name}`)
    const reserved = await buyer.keeper.reserve({ provider: seller.address, amount, key })
    assert.equal(reserved.channelId, channelId)
    await buyer.keeper.confirm(key)
    await seller.keeper.back({ channelId, agreementHash, amount, payer: buyer.address })
    const order = { key, agreementHash, paid, memo: hashOf(name) }
    await buyer.keeper.pay(order)
    assert.equal(await seller.keeper.paidFor(agreementHash), paid)
    const end = async () => {
      await buyer.keeper.release(key)
      await seller.keeper.finish(agreementHash)
      await rest(pair)
    }
    return { key, agreementHash, order, end }
  }

  const sumsOf = (side: Side) => {
    const view = pair[side].keeper.get(channelId)
    return [view?.deposit, view?.depositB, view?.sent, view?.sentB, view?.epoch]
  }

  it('opens for both, and each sees both deposits', async () => {
    await openBoth()
    for (const side of ['ann', 'bob'] as const) {
      assert.deepEqual(sumsOf(side), ['100', '50', '0', '0', 0])
      assert.equal(pair[side].keeper.get(channelId)?.mode, 'duplex')
    }
    assert.deepEqual(callsOf(pair), ['open-channel', 'fund-channel'])
  })

  it('carries payments both ways, and what was received pays for more', async () => {
    await openBoth(0n)
    await (await buy('ann', 'one', 80n)).end()
    await (await buy('bob', 'two', 70n)).end()
    await (await buy('ann', 'three', 90n)).end()
    for (const side of ['ann', 'bob'] as const) {
      assert.deepEqual(sumsOf(side), ['100', '0', '170', '70', 0])
    }
    assert.deepEqual(callsOf(pair), ['open-channel'])
    assert.equal(pair.ann.keeper.get(channelId)?.free, '0')
    assert.equal(pair.bob.keeper.get(channelId)?.free, '100')
  })

  it('is topped up by the side that needs it', async () => {
    await openBoth(0n)
    await buy('bob', 'one', 30n)
    assert.deepEqual(sumsOf('bob'), ['100', '100', '0', '30', 0])
    assert.deepEqual(balancesOf(pair), { ann: -100n, bob: -100n })
  })

  it('closed together pays both what they have', async () => {
    await openBoth()
    await (await buy('ann', 'one', 80n)).end()
    await (await buy('bob', 'two', 20n)).end()
    assert.equal((await pair.bob.keeper.close(channelId)).phase, 'closed')
    await rest(pair)
    assert.deepEqual(balancesOf(pair), { ann: -60n, bob: 60n })
  })

  it('returns a refund to whoever paid', async () => {
    await openBoth()
    await (await buy('ann', 'one', 80n)).end()
    const deal = await buy('bob', 'two', 20n)
    await pair.ann.keeper.refund(deal.agreementHash)
    await rest(pair)
    assert.equal(pair.bob.keeper.get(channelId)?.credit, '20')
    await deal.end()
    await pair.ann.keeper.close(channelId)
    assert.deepEqual(balancesOf(pair), { ann: -80n, bob: 80n })
  })

  for (const closer of ['ann', 'bob'] as const) {
    it(`closed alone by ${closer} pays each by the best promise the other holds`, async () => {
      await openBoth()
      await buy('ann', 'one', 80n)
      await buy('bob', 'two', 20n)
      await pair[closer].keeper.close(channelId, { force: true })
      await rest(pair)
      await pair.clock.advance((WINDOW + 120) * 1_000)
      assert.deepEqual(balancesOf(pair), { ann: -60n, bob: 60n })
      assert.ok(callsOf(pair).includes('respond'))
    })
  }

  it('cannot be claimed from while it is open', async () => {
    await openBoth(50n, { bob: { maxUnclaimed: 10n } })
    await buy('ann', 'one', 80n)
    await pair.clock.advance(3_000)
    assert.equal(await pair.bob.keeper.claim(channelId).then(() => '', faultOf), 'WRONG_ROLE')
    assert.deepEqual(callsOf(pair), ['open-channel', 'fund-channel'])
    assert.equal(pair.bob.keeper.exposure()[0]?.unclaimed, 80n)
  })

  describe('rebased', () => {
    it('pays out what leaves, and goes on with new deposits and promises', async () => {
      await openBoth()
      await (await buy('ann', 'one', 80n)).end()
      await (await buy('bob', 'two', 20n)).end()
      await pair.bob.keeper.rebase(channelId, { out: 100n })
      await rest(pair)
      for (const side of ['ann', 'bob'] as const) {
        assert.deepEqual(sumsOf(side), ['40', '10', '0', '0', 1])
        assert.equal(pair[side].keeper.get(channelId)?.frozen, null)
      }
      assert.deepEqual(balancesOf(pair), { ann: -100n, bob: 50n })
      await (await buy('ann', 'three', 15n)).end()
      assert.equal(pair.ann.keeper.get(channelId)?.sent, '15')
      await pair.ann.keeper.close(channelId)
      assert.deepEqual(balancesOf(pair), { ann: -75n, bob: 75n })
    })

    it('while a deal runs, or for more than there is, is refused', async () => {
      await openBoth()
      const deal = await buy('ann', 'one', { paid: 10n, of: 60n })
      const rebase = (out: bigint) =>
        pair.bob.keeper.rebase(channelId, { out }).then(() => 'done', faultOf)
      assert.equal(await rebase(1n), 'CHANNEL_BUSY')
      await deal.end()
      assert.equal(await rebase(61n), 'CLOSE_REFUSED')
      assert.equal(await rebase(60n), 'done')
    })

    it('but never mined lets payments go on once it is void, and none before', async () => {
      await openBoth()
      const { submit } = pair.bob
      pair.bob.submit = async () => {
        throw new Fault('CHAIN_UNREACHABLE', 'not now')
      }
      pair.bob.keeper.rebase(channelId, { out: 10n }).catch(() => {})
      await rest(pair)
      assert.equal(pair.ann.keeper.get(channelId)?.frozen, 'CLOSE_OUTSTANDING')
      const order = { provider: pair.bob.address, amount: 5n, key: hashOf('other') }
      const elsewhere = await pair.ann.keeper.reserve(order)
      assert.notEqual(elsewhere.channelId, channelId)
      pair.bob.submit = submit
      await pair.clock.advance(400_000)
      assert.equal(pair.ann.keeper.get(channelId)?.frozen, null)
      await (await buy('ann', 'one', 80n)).end()
      assert.equal(pair.ann.keeper.get(channelId)?.sent, '80')
    })
  })

  it('restored from an old backup adopts what it has forgotten, whichever side it is', async () => {
    for (const side of ['ann', 'bob'] as const) {
      await openBoth()
      await (await buy(side, 'one', 10n)).end()
      const backup = pair[side].store.snapshot()
      await (await buy(side, 'two', 20n)).end()
      await pair[side].restart(backup)
      await rest(pair)
      const view = pair[side].keeper.get(channelId)
      assert.equal(view?.frozen, 'STALE_RESTORE')
      assert.equal(side === 'ann' ? view?.sent : view?.sentB, '30')
      if (side === 'ann') await stopAll(pair)
    }
  })

  it('wholly forgotten is taken back, frozen', async () => {
    for (const side of ['ann', 'bob'] as const) {
      await openBoth()
      await (await buy('ann', 'one', 10n)).end()
      await (await buy('bob', 'two', 20n)).end()
      await pair[side].restart(new Map())
      await rest(pair)
      pair.bob.disconnect()
      pair.bob.reconnect()
      await rest(pair)
      assert.deepEqual(sumsOf(side), ['100', '50', '10', '20', 0])
      assert.equal(pair[side].keeper.get(channelId)?.frozen, 'STALE_RESTORE')
      if (side === 'ann') await stopAll(pair)
    }
  })
})

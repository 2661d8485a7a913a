import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import {
  balancesOf,
  createPair,
  faultOf,
  hashOf,
  type Pair,
  payTo,
  rest,
  stopAll,
  strike,
} from './two-agents.ts'

const META = 11 * 60 + 1

const meetAgain = async (pair: Pair) => {
  pair.bob.disconnect()
  pair.bob.reconnect()
  await rest(pair)
}

describe('a payer restored from an old backup', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  const restored = async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 10n)
    const backup = pair.ann.store.snapshot()
    await payTo(pair, deal, 25n)
    await pair.ann.restart(backup)
    await rest(pair)
    return deal
  }

  it('adopts the newer promise that the payee shows, and stops', async () => {
    const deal = await restored()
    const view = pair.ann.keeper.get(deal.channelId)
    assert.deepEqual([view?.sent, view?.frozen, view?.credit], ['25', 'STALE_RESTORE', '0'])
    assert.ok(pair.ann.events.some((event) => event.type === 'channel.frozen'))
    assert.equal(await payTo(pair, deal, 30n).then(() => 'paid', faultOf), 'CHANNEL_FROZEN')
    const order = { provider: pair.bob.address, amount: 5n, key: hashOf('more') }
    assert.equal(await pair.ann.keeper.reserve(order).then(() => 'held', faultOf), 'CHANNEL_FROZEN')
  })

  it('goes on once its operator has looked, and not before a forgotten close is void', async () => {
    const deal = await restored()
    const { keeper } = pair.ann
    assert.equal(
      await keeper.unfreeze(deal.channelId).then(() => 'free', faultOf),
      'FREEZE_TOO_YOUNG',
    )
    await pair.clock.advance(META * 1000)
    assert.equal((await keeper.unfreeze(deal.channelId)).frozen, null)
    assert.deepEqual(await payTo(pair, deal, 25n), { sent: 25n, amount: 0n })
    assert.deepEqual(await payTo(pair, deal, 30n), { sent: 30n, amount: 5n })
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 30n)
  })

  it('never signs a second promise of an amount it has forgotten', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    const backup = pair.ann.store.snapshot()
    await payTo(pair, deal, 10n)
    await pair.ann.restart(backup)
    await payTo(pair, deal, 10n).catch(() => {})
    const view = pair.ann.keeper.get(deal.channelId)
    assert.deepEqual([view?.sent, view?.frozen], ['10', 'STALE_RESTORE'])
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 10n)
  })

  it('from before the first payment of a deal pays no part of it twice', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    const backup = pair.ann.store.snapshot()
    await payTo(pair, deal, 25n)
    await pair.ann.restart(backup)
    await rest(pair)
    await pair.clock.advance(META * 1000)
    await pair.ann.keeper.unfreeze(deal.channelId)
    assert.deepEqual(await payTo(pair, deal, 25n), { sent: 25n, amount: 0n })
    assert.deepEqual(await payTo(pair, deal, 30n), { sent: 30n, amount: 5n })
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 30n)
  })

  it('with nothing left at all takes the channel back from the payee, frozen', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 25n)
    await pair.ann.restart(new Map())
    await rest(pair)
    await meetAgain(pair)
    const view = pair.ann.keeper.get(deal.channelId)
    assert.deepEqual(
      [view?.role, view?.sent, view?.deposit, view?.frozen],
      ['payer', '25', '100', 'STALE_RESTORE'],
    )
    await pair.ann.keeper.close(deal.channelId, { force: true })
    await rest(pair)
    await pair.clock.advance(3_700_000)
    assert.deepEqual(balancesOf(pair), { ann: -25n, bob: 25n })
  })
})

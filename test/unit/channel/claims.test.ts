import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import { MAX_RUNNING_DEALS } from '../../../protocols/channel/index.ts'
import {
  balancesOf,
  callsOf,
  createPair,
  faultOf,
  hashOf,
  join,
  type Pair,
  payTo,
  rest,
  stopAll,
  strike,
} from './two-agents.ts'

describe('a claim', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  it('takes out what is promised, again and again, while deals go on', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    const { channelId } = deal
    await payTo(pair, deal, 10n)
    assert.equal((await pair.bob.keeper.claim(channelId)).claimed, '10')
    assert.equal((await pair.bob.keeper.claim(channelId)).unclaimed, '0')
    await payTo(pair, deal, 30n)
    await pair.bob.keeper.claim(channelId)
    assert.deepEqual(balancesOf(pair), { ann: -100n, bob: 30n })
    assert.deepEqual(callsOf(pair), ['open-channel', 'claim', 'claim'])
    const refused = await pair.ann.keeper.claim(channelId).then(() => '', faultOf)
    assert.equal(refused, 'WRONG_ROLE')
  })

  it('happens by itself when too much is promised and not claimed', async () => {
    pair = await createPair({ bob: { maxUnclaimed: 20n } })
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 19n)
    await rest(pair)
    assert.equal(balancesOf(pair).bob, 0n)
    await payTo(pair, deal, 21n)
    await rest(pair)
    assert.equal(balancesOf(pair).bob, 21n)
  })

  it('happens at the end where that is wished', async () => {
    pair = await createPair({ bob: { claimOnStop: true } })
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 19n)
    await pair.bob.keeper.stop()
    assert.equal(balancesOf(pair).bob, 19n)
  })

  it('happens by itself when promises have waited too long', async () => {
    pair = await createPair({ bob: { maxUnclaimed: 1_000n, maxUnclaimedSeconds: 600 } })
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 19n)
    await pair.clock.advance(500_000)
    assert.equal(balancesOf(pair).bob, 0n)
    await pair.clock.advance(102_000)
    assert.equal(balancesOf(pair).bob, 19n)
    await payTo(pair, deal, 20n)
    await pair.clock.advance(500_000)
    assert.equal(balancesOf(pair).bob, 19n)
  })

  it('that has to be made takes along what others owe, in one transaction', async () => {
    pair = await createPair({ bob: { maxUnclaimed: 50n } })
    const cleo = { ...pair, ann: await join(pair, 'cleo') }
    const small = await strike(cleo, 'cleo', 30n)
    await payTo(cleo, small, 12n)
    const large = await strike(pair, 'ann', 60n)
    await payTo(pair, large, 50n)
    await rest(pair)
    assert.equal(balancesOf(pair).bob, 62n)
    assert.equal(callsOf(pair).at(-1), 'claim-batch')
    assert.deepEqual(
      pair.bob.keeper.exposure().map(({ channels, unclaimed }) => ({ channels, unclaimed })),
      [
        { channels: 1, unclaimed: 0n },
        { channels: 1, unclaimed: 0n },
      ],
    )
    await cleo.ann.keeper.stop()
  })

  it('counts all channels with one payer together', async () => {
    pair = await createPair({ bob: { maxUnclaimed: 50n } })
    const first = await strike(pair, 'one', 60n)
    await payTo(pair, first, 30n)
    for (let at = 1; at < MAX_RUNNING_DEALS; at++) {
      const order = { provider: pair.bob.address, amount: 0n, key: hashOf(`idle ${at}`) }
      await pair.ann.keeper.reserve(order)
    }
    const second = await strike(pair, 'two', 60n)
    assert.notEqual(second.channelId, first.channelId)
    await payTo(pair, second, 30n)
    const [risk] = pair.bob.keeper.exposure()
    assert.deepEqual([risk?.channels, risk?.unclaimed], [2, 60n])
    await pair.clock.advance(2_000)
    assert.equal(balancesOf(pair).bob, 60n)
  })

  it('of the same promise is made again once a later deposit covers more of it', async () => {
    pair = await createPair()
    const { chain, bob, ann } = pair
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 60n)
    const more = await strike(pair, 'two', 90n)
    await payTo(pair, more, 90n)
    const call = chain.mined().find((item) => item.call.type === 'fund-channel')?.call
    assert.ok(call?.type === 'fund-channel')
    chain.failures.reorganise(1)
    await rest(pair)
    assert.equal((await bob.keeper.claim(deal.channelId)).claimed, '100')
    await ann.submit('the deposit again', call)
    assert.equal((await bob.keeper.claim(deal.channelId)).claimed, '150')
    assert.equal(balancesOf(pair).bob, 150n)
  })

  it('shows a payer that it has forgotten a promise', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    const backup = pair.ann.store.snapshot()
    await payTo(pair, deal, 25n)
    await pair.bob.keeper.claim(deal.channelId)
    await pair.bob.keeper.stop()
    pair.bob.disconnect()
    await pair.ann.restart(backup)
    await rest(pair)
    const view = pair.ann.keeper.get(deal.channelId)
    assert.deepEqual([view?.sent, view?.frozen, view?.credit], ['25', 'STALE_RESTORE', '0'])
  })

  it('refused by the chain can be made again', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 10n)
    const { submit } = pair.bob
    const keys: string[] = []
    pair.bob.submit = async (key, call) => {
      keys.push(key)
      if (keys.length === 1) pair.chain.failures.setReachable(false)
      const outcome = submit(key, call)
      await outcome.catch(() => pair.chain.failures.setReachable(true))
      return outcome
    }
    const refused = await pair.bob.keeper.claim(deal.channelId).then(() => '', faultOf)
    assert.equal(refused, 'CHAIN_UNREACHABLE')
    await pair.bob.keeper.claim(deal.channelId)
    assert.equal(balancesOf(pair).bob, 10n)
    // What may still happen keeps its name, so that it can never happen twice.
    assert.equal(keys[0], keys[1])
  })
})

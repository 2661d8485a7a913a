import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import {
  balancesOf,
  callsOf,
  createPair,
  faultOf,
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

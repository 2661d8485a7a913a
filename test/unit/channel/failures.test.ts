import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import {
  balancesOf,
  createPair,
  faultOf,
  finishBoth,
  hashOf,
  type Pair,
  payTo,
  rest,
  stopAll,
  strike,
} from './two-agents.ts'

describe('a store that fails a write', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  for (const written of [false, true]) {
    const fate = written ? 'though it reached the disk' : 'which is lost'
    it(`of the payer's, ${fate}, sends nothing and freezes the channel without closing it`, async () => {
      pair = await createPair()
      const deal = await strike(pair, 'one', 60n)
      await payTo(pair, deal, 10n)
      let pays = 0
      pair.network.intercept(({ type }) => {
        if (type === 'pay') pays += 1
        return 'deliver'
      })
      pair.ann.store.failNextCommit({ written })
      assert.equal(await payTo(pair, deal, 20n).then(() => 'paid', faultOf), 'STORE_UNAVAILABLE')
      assert.equal(await payTo(pair, deal, 30n).then(() => 'paid', faultOf), 'CHANNEL_FROZEN')
      await rest(pair)
      const view = pair.ann.keeper.get(deal.channelId)
      assert.deepEqual([view?.frozen, view?.phase, view?.sent], ['STORE_UNAVAILABLE', 'open', '10'])
      assert.equal(pays, 0)
      assert.equal(pair.chain.channelOf(deal.channelId).status, 'open')
      const told = pair.ann.events.find(({ type }) => type === 'channel.frozen')
      assert.equal(told?.type === 'channel.frozen' && told.code, 'STORE_UNAVAILABLE')

      await pair.ann.restart()
      await payTo(pair, deal, 30n)
      await rest(pair)
      assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 30n)
      assert.equal(pair.ann.keeper.get(deal.channelId)?.sent, '30')
    })
  }

  it('of the payee’s acknowledges and serves nothing', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    pair.bob.store.failNextCommit()
    assert.equal(await payTo(pair, deal, 10n).then(() => 'paid', faultOf), 'PAYMENT_REFUSED')
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 0n)
    assert.equal(pair.bob.keeper.get(deal.channelId)?.frozen, 'STORE_UNAVAILABLE')
    await pair.bob.restart()
    await pair.clock.advance(3_000)
    await rest(pair)
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 10n)
  })

  it('of a payee whose payer closes meanwhile costs it nothing, and it closes nothing itself', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 25n)
    pair.bob.store.failNextCommit()
    await payTo(pair, deal, 30n).catch(() => {})
    await pair.clock.advance(10_000)
    assert.equal(pair.chain.channelOf(deal.channelId).status, 'open')
    await pair.ann.keeper.close(deal.channelId, { force: true })
    await pair.clock.advance(60_000)
    await pair.bob.restart()
    await pair.clock.advance(3_700_000)
    const { ann, bob } = balancesOf(pair)
    assert.ok(bob >= 25n)
    assert.equal(ann + bob, 0n)
  })

  it('cannot be overlooked by its operator while it still fails', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    pair.ann.store.failNextCommit()
    await payTo(pair, deal, 10n).catch(() => {})
    const outcome = await pair.ann.keeper.unfreeze(deal.channelId).then(() => 'free', faultOf)
    assert.equal(outcome, 'STORE_UNAVAILABLE')
    assert.equal(pair.ann.keeper.get(deal.channelId)?.frozen, 'STORE_UNAVAILABLE')
  })

  it('and recovers is trusted again when its operator says so', async () => {
    let isFailing = false
    pair = await createPair({
      ann: {
        wrapStore: (store) => ({
          ...store,
          commit: async (writes) => {
            if (isFailing) throw new Error('disk full')
            await store.commit(writes)
          },
        }),
      },
    })
    const deal = await strike(pair, 'one', 60n)
    isFailing = true
    assert.equal(await payTo(pair, deal, 10n).then(() => 'paid', faultOf), 'STORE_UNAVAILABLE')
    isFailing = false
    assert.equal((await pair.ann.keeper.unfreeze(deal.channelId)).frozen, null)
    await payTo(pair, deal, 10n)
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 10n)
  })
})

describe('a chain that cannot be reached', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  it('stops neither a start nor payments over an open channel', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    pair.chain.failures.setReachable(false)
    await payTo(pair, deal, 10n)
    const view = await pair.bob.keeper.claim(deal.channelId).then(() => 'claimed', faultOf)
    assert.equal(view, 'CHAIN_UNREACHABLE')
    const restarted = pair.ann.restart()
    await rest(pair)
    pair.chain.failures.setReachable(true)
    await restarted
    await payTo(pair, deal, 20n)
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 20n)
  })

  it('leaves an opening open until its outcome is known, and never deposits twice', async () => {
    pair = await createPair()
    const { ann, bob, chain } = pair
    const key = hashOf('auction')
    const { channelId } = await ann.keeper.reserve({ provider: bob.address, amount: 40n, key })
    const { submit } = ann
    let isFirst = true
    ann.submit = async (name, call) => {
      const outcome = await submit(name, call)
      if (!isFirst) return outcome
      isFirst = false
      throw new Error('the answer was lost')
    }
    assert.equal(await ann.keeper.confirm(key).then(() => 'open', faultOf), 'INTERNAL')
    await rest(pair)
    await ann.keeper.confirm(key)
    assert.equal(chain.channelOf(channelId).deposit, 100n)
    assert.equal(balancesOf(pair).ann, -100n)
  })

  it('resumes a top-up after a restart under the same name', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    const { submit } = pair.ann
    const names: string[] = []
    pair.ann.submit = (name) => {
      names.push(name)
      return new Promise(() => {})
    }
    const key = hashOf('two')
    await pair.ann.keeper.reserve({ provider: pair.bob.address, amount: 90n, key })
    pair.ann.keeper.confirm(key).catch(() => {})
    await rest(pair)
    pair.ann.submit = (name, call) => {
      names.push(name)
      return submit(name, call)
    }
    await pair.ann.restart()
    await rest(pair)
    assert.equal(pair.chain.channelOf(deal.channelId).deposit, 200n)
    assert.equal(new Set(names).size, 1)
    await pair.ann.keeper.confirm(key)
    assert.equal(pair.chain.channelOf(deal.channelId).deposit, 200n)
    await finishBoth(pair, deal)
  })

  it('is looked at again by a payee that has not seen a deposit yet', async () => {
    pair = await createPair()
    const { ann, bob, chain } = pair
    const first = await strike(pair, 'one', 60n)
    chain.failures.setReachable(false)
    const key = hashOf('two')
    await ann.keeper.reserve({ provider: bob.address, amount: 90n, key })
    const unseen = { ...first, agreementHash: key, amount: 90n, payer: ann.address }
    assert.equal(await bob.keeper.back(unseen).then(() => '', faultOf), 'RESERVE_TOO_SMALL')
    chain.failures.setReachable(true)
    await ann.keeper.confirm(key)
    await bob.keeper.back(unseen)
    assert.equal(bob.keeper.get(first.channelId)?.deposit, '200')
  })

  it('shows a late confirmation to a payer that waits for it', async () => {
    pair = await createPair()
    const { ann, bob, chain, clock } = pair
    const key = hashOf('auction')
    const { channelId } = await ann.keeper.reserve({ provider: bob.address, amount: 40n, key })
    const { submit } = ann
    chain.failures.setAutomine(false)
    ann.submit = async (name, call) => {
      submit(name, call).catch(() => {})
      return { hash: key, block: 0 }
    }
    const confirmed = ann.keeper.confirm(key)
    await rest(pair)
    assert.equal(ann.keeper.get(channelId)?.phase, 'opening')
    chain.failures.setAutomine(true)
    chain.mine()
    await rest(pair)
    await submit('late', {
      type: 'open-channel',
      params: (await ann.keeper.reserve({ provider: bob.address, amount: 40n, key })).params,
      amount: 100n,
    })
    await clock.advance(2_000)
    await confirmed
    assert.equal(ann.keeper.get(channelId)?.deposit, '100')
  })
})

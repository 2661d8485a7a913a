import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import { signedToWire } from '../../../protocols/common/index.ts'
import {
  createPair,
  digestsOf,
  faultOf,
  finishBoth,
  hashOf,
  type Pair,
  payTo,
  rest,
  stopAll,
  strike,
} from './two-agents.ts'

describe('a deal that the provider could not keep', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  const failedDeal = async (paid: bigint) => {
    pair = await createPair()
    const deal = await strike(pair, 'failed', 60n)
    if (paid > 0n) await payTo(pair, deal, paid)
    const refund = await pair.bob.keeper.refund(deal.agreementHash)
    await rest(pair)
    await finishBoth(pair, deal)
    return { deal, refund }
  }

  it('owes nothing back when nothing was paid', async () => {
    const { refund } = await failedDeal(0n)
    assert.equal(refund, null)
    assert.equal(await pair.bob.keeper.refund(hashOf('unknown')), null)
  })

  it('owes back what only arrives after it was given up', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'failed', 60n)
    pair.network.intercept(({ type }) => (type === 'pay' ? 'lose-request' : 'deliver'))
    const payment = payTo(pair, deal, 25n)
    await rest(pair)
    assert.equal(await pair.bob.keeper.refund(deal.agreementHash), null)
    await pair.bob.keeper.finish(deal.agreementHash)
    pair.network.intercept(null)
    pair.bob.disconnect()
    pair.bob.reconnect()
    await rest(pair)
    await payment
    await pair.ann.keeper.release(deal.key)
    for (const { keeper } of [pair.ann, pair.bob]) {
      const view = keeper.get(deal.channelId)
      assert.deepEqual([view?.sent, view?.credit, view?.unheard], ['25', '25', 0])
    }
  })

  it('becomes credit that both sides know', async () => {
    const { refund, deal } = await failedDeal(25n)
    assert.equal(refund?.message.amount, 25n)
    for (const { keeper, events } of [pair.ann, pair.bob]) {
      const view = keeper.get(deal.channelId)
      assert.deepEqual([view?.sent, view?.credit, view?.free], ['25', '25', '100'])
      assert.ok(events.some(({ type }) => type === 'channel.refunded'))
    }
    assert.deepEqual(await pair.bob.keeper.refund(deal.agreementHash), refund)
  })

  it('lets the next payments consume the credit before any promise grows', async () => {
    const { deal } = await failedDeal(25n)
    const next = await strike(pair, 'next', 100n)
    assert.equal(pair.chain.channelOf(deal.channelId).deposit, 100n)
    assert.deepEqual(await payTo(pair, next, 20n), { sent: 25n, amount: 20n })
    assert.equal(pair.bob.keeper.get(deal.channelId)?.credit, '5')
    assert.deepEqual(await payTo(pair, next, 40n), { sent: 40n, amount: 20n })
    assert.deepEqual(await payTo(pair, next, 100n), { sent: 100n, amount: 60n })
    assert.equal(await pair.bob.keeper.paidFor(next.agreementHash), 100n)
    assert.equal(pair.ann.keeper.get(deal.channelId)?.credit, '0')
  })

  it('is told at the next meeting when the requester is away', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'failed', 60n)
    await payTo(pair, deal, 25n)
    pair.ann.disconnect()
    await pair.bob.keeper.refund(deal.agreementHash)
    await pair.bob.keeper.finish(deal.agreementHash)
    await rest(pair)
    assert.equal(pair.bob.keeper.get(deal.channelId)?.unheard, 1)
    pair.ann.reconnect()
    await rest(pair)
    assert.equal(pair.bob.keeper.get(deal.channelId)?.unheard, 0)
    assert.equal(pair.ann.keeper.get(deal.channelId)?.credit, '25')
  })

  it('is told of a refund after it released the deal', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'failed', 60n)
    await payTo(pair, deal, 25n)
    await finishBoth(pair, deal)
    assert.notEqual(await pair.bob.keeper.refund(deal.agreementHash), null)
    await rest(pair)
    assert.equal(pair.ann.keeper.get(deal.channelId)?.credit, '25')
  })

  it('gets back too what was still on its way when it was refunded', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'failed', 60n)
    await payTo(pair, deal, 25n)
    await pair.bob.keeper.refund(deal.agreementHash)
    await payTo(pair, deal, 35n)
    await rest(pair)
    for (const { keeper } of [pair.bob, pair.ann]) {
      const view = keeper.get(deal.channelId)
      assert.deepEqual([view?.sent, view?.credit], ['25', '25'])
    }
    assert.equal((await pair.bob.keeper.refund(deal.agreementHash))?.message.amount, 35n)
  })

  it('takes no refund that is too large, unsigned, unknown or from a stranger', async () => {
    pair = await createPair()
    const { ann, bob, network } = pair
    const { channelId, agreementHash, ...deal } = await strike(pair, 'one', 60n)
    await payTo(pair, { channelId, agreementHash, ...deal }, 25n)
    const { marketDigest } = digestsOf(pair)
    const claim = (message: { agreementHash: typeof agreementHash; amount: bigint }, by = bob) => {
      const refund = { channelId, ...message }
      const signature = by.signer.sign(marketDigest('Refund', refund))
      return [signedToWire('Refund', { message: refund, signature })]
    }
    const tell = async (body: unknown, agent = bob.address) => {
      await bob.keeper.stop()
      const { talk } = network.join(agent)
      const request = { protocol: '/souk/channel/1', type: 'refund', body } as never
      return talk.request(ann.address, request).then(() => 'taken', faultOf)
    }
    assert.equal(await tell(claim({ agreementHash, amount: 26n })), 'REFUND_TOO_LARGE')
    assert.equal(await tell(claim({ agreementHash, amount: 25n }, ann)), 'REFUND_SIGNATURE')
    assert.equal(await tell(claim({ agreementHash: hashOf('?'), amount: 1n })), 'AGREEMENT_UNKNOWN')
    assert.equal(await tell(['junk']), 'MESSAGE_MALFORMED')
    const { address: stranger } = { address: `0x${'77'.repeat(20)}` as const }
    assert.equal(await tell(claim({ agreementHash, amount: 25n }), stranger), 'CHANNEL_UNKNOWN')
    assert.equal(ann.keeper.get(channelId)?.credit, '0')
    assert.equal(await tell(claim({ agreementHash, amount: 25n })), 'taken')
    assert.equal(ann.keeper.get(channelId)?.credit, '25')
  })
})

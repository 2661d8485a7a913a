import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'mocha'
import { order, taskWhen } from '../e2e/kit/buying.ts'
import { type Market, NETWORK, openMarket, tellLogs } from '../e2e/kit/market.ts'
import type { NodeProcess } from '../e2e/kit/node-process.ts'
import { until } from '../e2e/kit/until.ts'
import { wasmFixture } from '../fixtures/wasm/wat.ts'
import { installPeers } from './install.ts'
import { type PeerProcess, startPeer } from './peer-process.ts'

const CHAIN_ID = 31_337
const hello = { module: wasmFixture('hello'), limits: { fuel: '1000000' }, budget: '0.50' }

describe('a buyer and a seller of another make, on js-libp2p 2.10 with gossipsub 14.1.2', function () {
  this.timeout(180_000)
  let market: Market
  let buyer: NodeProcess
  let seller: PeerProcess

  before(async () => {
    await installPeers()
    market = await openMarket()
    buyer = await market.join('buyer', { 'market.role': 'requester' })
    seller = startPeer('seller.mjs', {
      network: NETWORK,
      chainId: CHAIN_ID,
      verifyingContract: market.chain.deployment.disputeArbiter,
      address: buyer.addresses[0],
    })
    await seller.told('ready')
  })
  afterEach(tellLogs(() => market))
  after(async () => {
    await seller?.stop()
    await market?.stop()
  })

  /** Orders until the seller hears of it: gossip links take a moment to form. */
  const orderHeard = async (bidding: 'open' | 'direct') => {
    let task = await order(buyer, { ...hello, bidding })
    await until('an auction is heard by the seller', async () => {
      task = await taskWhen(
        buyer,
        task.id,
        ({ phase }) => phase !== 'created' && phase !== 'announced',
      )
      if (task.phase !== 'unsold') return true
      task = await order(buyer, { ...hello, bidding })
      return false
    })
    return task
  }

  it('knows its agent by the binding in its hello', async () => {
    const ready = await seller.told('ready')
    assert.equal(ready.other, buyer.agent)
    await until('the buyer knows the seller', async () => {
      const { items } = await buyer.client.peers()
      return items.some(({ agent, peerId }) => agent === ready.agent && peerId === ready.peer)
    })
  })

  it('gets a bid by gossip, awards the task, and holds an agreement that both have signed', async () => {
    const { agent } = await seller.told('ready')
    const { id } = await orderHeard('open')
    const task = await taskWhen(buyer, id, ({ phase }) => phase === 'void')
    assert.deepEqual([task.provider, task.code], [agent, 'WORKSHOP_CLOSED'])
    const signed = await seller.told('signed', ({ auctionId }) => auctionId === task.auctionId)
    assert.equal(task.agreementHash, signed.agreementHash)
    assert.equal(task.paid, '0')
    const { items } = await buyer.client.auctions()
    const auction = items.find(({ auctionId }) => auctionId === task.auctionId)
    const bid = await seller.told('bid', ({ auctionId }) => auctionId === task.auctionId)
    assert.deepEqual(
      auction?.bids.map(({ bidHash, provider }) => [bidHash, provider]),
      [[bid.bidHash, agent]],
    )
  })

  it('lets it hear the award by gossip', async () => {
    const { auctionId } = await seller.told('signed')
    const award = await seller.told('award', (told) => told.auctionId === auctionId)
    assert.equal(award.isMine, true)
  })

  it('acknowledges a direct bid over the stream, and awards that as well', async () => {
    const { id } = await orderHeard('direct')
    const task = await taskWhen(buyer, id, ({ phase }) => phase === 'void')
    const ack = await seller.told('acknowledged', ({ auctionId }) => auctionId === task.auctionId)
    assert.equal(ack.isGood, true)
    const signed = await seller.told('signed', ({ auctionId }) => auctionId === task.auctionId)
    assert.equal(task.agreementHash, signed.agreementHash)
  })

  it('sees no fault on the other side', () => {
    const bad = seller.events.filter(({ event }) => event === 'failed' || event === 'forged')
    assert.deepEqual(bad, [])
    assert.equal(seller.log(), '')
  })
})

import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import { encodeSigned } from '../../../protocols/common/index.ts'
import { transcriptLeaf, transcriptRoot } from '../../../protocols/market/index.ts'
import { marketDigest, signAs } from '../../builders/sale.ts'
import { recoverSigner } from '../../fakes/signer.ts'
import {
  createMarketWorld,
  type MarketAgent,
  type MarketWorld,
  START,
  sell,
} from './market-world.ts'

let world: MarketWorld
let buyer: MarketAgent

beforeEach(() => {
  world = createMarketWorld()
  buyer = world.agent('buyer')
})

describe('an award', () => {
  it('is signed by the requester, pays the bid, and commits to the transcript', async () => {
    world.provider('one')
    world.provider('two', { policy: { pricePerMfuel: 900n } })
    const { auction, auctionId, ranked } = await sell(world, buyer)
    const [winner] = ranked
    assert.ok(winner)
    const award = await buyer.auctioneer.award(auction, ranked, winner)
    assert.equal(
      recoverSigner(marketDigest('Award', award.message), award.signature),
      buyer.signer.address,
    )
    assert.deepEqual(award.message, {
      auctionId,
      bidHash: winner.bidHash,
      basePrice: 10_000n,
      pricePerMfuel: 900n,
      transcriptRoot: transcriptRoot(ranked.map(transcriptLeaf)),
    })
  })

  it('frees the places of the losers and keeps that of the winner', async () => {
    const loser = world.provider('loser', { policy: { pricePerMfuel: 1_200n } })
    const winner = world.provider('winner')
    const { auction, auctionId, ranked } = await sell(world, buyer)
    assert.deepEqual([loser.capacity.free(), winner.capacity.free()], [1, 1])
    const award = await buyer.auctioneer.award(auction, ranked, ranked[0] as (typeof ranked)[0])
    await buyer.auctioneer.announceAward(award)
    await world.network.settled()
    assert.deepEqual([loser.capacity.free(), winner.capacity.free()], [2, 1])
    assert.deepEqual(buyer.of('auction.awarded'), [
      {
        type: 'auction.awarded',
        auctionId,
        provider: winner.signer.address,
        price: '1010000',
        bids: 2,
      },
    ])
    for (const { auctioneer } of [buyer, winner, loser]) {
      const [view] = auctioneer.seen()
      assert.equal(view?.phase, 'awarded')
      assert.equal(view?.winner, winner.signer.address)
    }
  })

  it('frees nothing when it is forged', async () => {
    const bidder = world.provider('bidder')
    const { auction, ranked } = await sell(world, buyer)
    const award = await buyer.auctioneer.award(auction, ranked, ranked[0] as (typeof ranked)[0])
    const forged = signAs('mallory', 'Award', {
      ...award.message,
      bidHash: award.message.auctionId,
    })
    await world.agent('mallory').node.gossip.publish('awards', encodeSigned('Award', forged))
    await world.network.settled()
    assert.equal(bidder.capacity.free(), 1)
  })

  it('that never comes frees the place when the bid expires', async () => {
    const bidder = world.provider('bidder')
    await sell(world, buyer)
    await world.clock.set(START + 64)
    assert.equal(bidder.capacity.free(), 1)
    await world.clock.set(START + 65)
    assert.equal(bidder.capacity.free(), 2)
  })
})

describe('a network that takes no messages', () => {
  it('leaves an auction unsold and an award unheard, both logged', async () => {
    const one = world.provider('one')
    const { auction, ranked } = await sell(world, buyer)
    buyer.node.gossip.publish = () => Promise.reject(new Error('no network'))
    const award = await buyer.auctioneer.award(auction, ranked, ranked[0] as (typeof ranked)[0])
    await buyer.auctioneer.announceAward(award)
    const later = { closesAt: START + 15 }
    assert.deepEqual((await sell(world, buyer, later)).ranked, [])
    assert.equal(one.of('auction.seen').length, 1)
    assert.deepEqual(
      buyer.log.lines.map(({ level, message }) => [level, message]),
      [
        ['warn', 'award not published'],
        ['warn', 'auction not published'],
      ],
    )
  })
})

describe('an auctioneer that was restarted', () => {
  it('announces the award of an auction it no longer remembers', async () => {
    const loser = world.provider('loser')
    const { auction, ranked } = await sell(world, buyer)
    const again = world.agent('buyer')
    const bidHash = auction.message.taskHash
    const winner = { ...(ranked[0] as (typeof ranked)[0]), bidHash }
    await again.auctioneer.announceAward(await again.auctioneer.award(auction, ranked, winner))
    await world.network.settled()
    assert.equal(loser.capacity.free(), 2)
    assert.deepEqual(again.of('auction.awarded'), [])
  })
})

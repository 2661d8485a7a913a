import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import { createCapacity } from '../../../node/market/index.ts'
import { encodeSigned } from '../../../protocols/common/index.ts'
import { anAuction, hash } from '../../builders/messages.ts'
import { marketDigest, signAs } from '../../builders/sale.ts'
import { createFakeClock } from '../../fakes/clock.ts'
import { createTestSigner, recoverSigner } from '../../fakes/signer.ts'
import {
  type AgentOptions,
  createMarketWorld,
  engineHash,
  type MarketWorld,
  START,
  token,
} from './market-world.ts'

let world: MarketWorld

beforeEach(() => {
  world = createMarketWorld()
})

const announce = async (changes: Parameters<typeof anAuction>[0] = {}) => {
  const buyer = createTestSigner('requester').address
  const message = anAuction({ engineHash, token, requester: buyer, ...changes })
  const announcer = world.agent('announcer')
  const signed = signAs('requester', 'Auction', message)
  await announcer.node.gossip.publish('auctions', encodeSigned('Auction', signed))
  await world.network.settled()
  return { auctionId: marketDigest('Auction', message), announcer }
}

describe('an auction that fits the policy', () => {
  it('is bid on with a signed, binding bid that tells the time it needs', async () => {
    const seller = world.provider('seller')
    const { auctionId } = await announce()
    const sighting = seller.board.sighting(auctionId)
    const [seen] = [...(sighting?.bids.values() ?? [])]
    assert.ok(seen)
    const { bid, bidHash } = seen
    assert.equal(recoverSigner(bidHash, bid.signature), seller.signer.address)
    // 1,000 Mfuel at 100 Mfuel per second, and 50 ms to start.
    assert.equal(bid.message.etaMs, 10_050)
    assert.equal(bid.message.validUntil, START + 65)
    assert.equal(seller.capacity.free(), 1)
  })

  it('is priced higher by a machine that is busy', async () => {
    const seller = world.provider('seller', { policy: { loadMarginPercent: 100 }, slots: 2 })
    await announce({ salt: hash(1) })
    await announce({ salt: hash(2) })
    assert.deepEqual(
      seller.of('bid.placed').map(({ price }) => price),
      ['1010000', '1515000'],
    )
  })
})

describe('an auction that does not fit', () => {
  const cases: [string, Parameters<typeof anAuction>[0], AgentOptions][] = [
    ['AUCTION_KIND_UNSUPPORTED', { settlement: 1 }, {}],
    ['ENGINE_MISMATCH', { engineHash: hash(99) }, {}],
    ['TOKEN_NOT_ALLOWED', { token: createTestSigner('other token').address }, {}],
    ['LIMITS_TOO_HIGH', {}, { bidder: { maxFuel: 999_999_999n } }],
    ['STAKE_TOO_HIGH', { requiredStake: 1n }, {}],
    ['TOO_SLOW', { deliverBy: START + 5 + 10 }, {}],
    ['TOO_SLOW', {}, { bidder: { speedMfuelPerSecond: 0 } }],
    ['PRICE_ABOVE_BUDGET', { maxPrice: 1_009_999n }, {}],
    ['EXPOSURE_TOO_HIGH', {}, { exposure: 10n ** 12n }],
    ['NO_CAPACITY', {}, { slots: 0 }],
    ['TOO_MANY_FROM_REQUESTER', {}, { bidder: { maxOpenPerRequester: 0 } }],
  ]
  for (const [code, auction, options] of cases) {
    it(`is declined with ${code}, and no place is held for it`, async () => {
      const seller = world.provider('seller', options)
      const free = seller.capacity.free()
      const { auctionId } = await announce(auction)
      assert.deepEqual(seller.of('bid.declined'), [{ type: 'bid.declined', auctionId, code }])
      assert.deepEqual(seller.of('bid.placed'), [])
      assert.equal(seller.capacity.free(), free)
    })
  }

  it('is not bid on by its own requester', async () => {
    const own = world.provider('requester')
    await announce()
    assert.deepEqual(own.of('bid.declined'), [])
    assert.deepEqual(own.of('bid.placed'), [])
  })
})

describe('a bidder with one place', () => {
  it('declines a second auction until the first bid has expired', async () => {
    const seller = world.provider('seller', { slots: 1 })
    await announce({ salt: hash(1) })
    await announce({ salt: hash(2) })
    await world.clock.set(START + 65)
    await announce({ salt: hash(3), closesAt: START + 70 })
    assert.equal(seller.of('bid.placed').length, 2)
    assert.deepEqual(
      seller.of('bid.declined').map(({ code }) => code),
      ['NO_CAPACITY'],
    )
  })

  it('does not lose the place of a deal that it holds on under the same key', async () => {
    const seller = world.provider('seller', { slots: 1 })
    const { auctionId } = await announce({ salt: hash(1) })
    seller.capacity.reserve(auctionId, START + 600)
    await world.clock.set(START + 65)
    await announce({ salt: hash(2), closesAt: START + 70 })
    assert.equal(seller.capacity.free(), 0)
    assert.equal(seller.of('bid.declined')[0]?.code, 'NO_CAPACITY')
  })
})

describe('a bid that cannot be published', () => {
  it('frees its place and is logged', async () => {
    const seller = world.provider('seller')
    seller.node.gossip.publish = () => Promise.reject(new Error('no network'))
    await announce()
    assert.equal(seller.capacity.free(), 2)
    assert.deepEqual(
      seller.log.lines.map(({ level, message }) => [level, message]),
      [['warn', 'bid not sent']],
    )
  })
})

describe('a bidder that is stopped', () => {
  it('bids no more', async () => {
    const seller = world.provider('seller')
    seller.bidder.stop()
    await announce()
    assert.deepEqual(seller.of('bid.placed'), [])
    assert.equal(seller.of('auction.seen').length, 1)
  })
})

describe('capacity', () => {
  it('is held by key: again for the same, refused for another when full', () => {
    const capacity = createCapacity({ clock: createFakeClock(100) }, { slots: 1 })
    assert.equal(capacity.reserve('a', 110), true)
    assert.equal(capacity.reserve('a', 120), true)
    assert.equal(capacity.reserve('b', 120), false)
    assert.deepEqual([capacity.free(), capacity.load()], [0, 100])
    capacity.release('a')
    capacity.release('a')
    assert.deepEqual([capacity.free(), capacity.load()], [1, 0])
  })

  it('is free again when its time is up', async () => {
    const clock = createFakeClock(100)
    const capacity = createCapacity({ clock }, { slots: 2 })
    capacity.reserve('a', 110)
    capacity.reserve('b', 120)
    await clock.set(109)
    assert.deepEqual([capacity.free(), capacity.load()], [0, 100])
    await clock.set(110)
    assert.deepEqual([capacity.free(), capacity.load()], [1, 50])
    await clock.set(120)
    assert.equal(capacity.free(), 2)
  })

  it('of no places is full', () => {
    const capacity = createCapacity({ clock: createFakeClock() }, { slots: 0 })
    assert.deepEqual([capacity.free(), capacity.load()], [0, 100])
    assert.equal(capacity.reserve('a', 2 ** 40), false)
  })
})

describe('a bidder that knows nobody', () => {
  it('holds no place for a bid, and bids only while three quarters of its places are not taken', async () => {
    const seller = world.provider('seller', { knowsEveryone: false, slots: 4 })
    await announce({ salt: hash(1) })
    assert.deepEqual([seller.of('bid.placed').length, seller.capacity.free()], [1, 4])
    for (const key of ['a', 'b', 'c']) seller.capacity.reserve(key, START + 600)
    await announce({ salt: hash(2) })
    assert.deepEqual(
      seller.of('bid.declined').map(({ code }) => code),
      ['NO_CAPACITY'],
    )
  })

  it('answers a flood of auctions with fifty bids and five a second', async () => {
    const seller = world.provider('seller', { knowsEveryone: false })
    for (let salt = 1; salt <= 60; salt++) await announce({ salt: hash(salt) })
    assert.equal(seller.of('bid.placed').length, 50)
    assert.equal(seller.of('bid.declined').at(-1)?.code, 'TOO_MANY_FROM_STRANGERS')
    await world.clock.advance(1_000)
    for (let salt = 61; salt <= 70; salt++) await announce({ salt: hash(salt) })
    assert.equal(seller.of('bid.placed').length, 55)
  })
})

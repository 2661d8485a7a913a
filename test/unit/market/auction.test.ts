import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import { encodeSigned } from '../../../protocols/common/index.ts'
import { aBid } from '../../builders/messages.ts'
import { signAs } from '../../builders/sale.ts'
import { settle } from '../../fakes/clock.ts'
import {
  createMarketWorld,
  type MarketAgent,
  type MarketWorld,
  START,
  sell,
  terms,
} from './market-world.ts'

const never = new AbortController().signal
let world: MarketWorld
let buyer: MarketAgent

beforeEach(() => {
  world = createMarketWorld()
  buyer = world.agent('buyer')
})

describe('three providers with different prices', () => {
  it('are ranked with the lowest bid first', async () => {
    const dear = world.provider('dear', { policy: { pricePerMfuel: 1_500n } })
    const cheap = world.provider('cheap', { policy: { pricePerMfuel: 500n } })
    const middle = world.provider('middle', { policy: { pricePerMfuel: 1_000n } })
    const { ranked } = await sell(world, buyer)
    assert.deepEqual(
      ranked.map(({ rank, price, bid }) => [rank, price, bid.message.provider]),
      [
        [1, 510_000n, cheap.signer.address],
        [2, 1_010_000n, middle.signer.address],
        [3, 1_510_000n, dear.signer.address],
      ],
    )
    assert.equal(buyer.of('auction.opened').length, 1)
    assert.equal(buyer.of('bid.received').length, 3)
    assert.deepEqual(
      [dear, cheap, middle].map(({ of }) => of('bid.placed').map(({ price }) => price)),
      [['1510000'], ['510000'], ['1010000']],
    )
  })

  it('are ranked by what the requester knows of them where prices are equal', async () => {
    const known = world.provider('known')
    world.provider('other')
    const knower = world.agent('knower', {
      reputationOf: (agent) => ({ score: agent === known.signer.address ? 51 : 50, specialty: 50 }),
    })
    const { ranked } = await sell(world, knower)
    assert.equal(ranked[0]?.bid.message.provider, known.signer.address)
  })

  it('are not considered below the minimum reputation', async () => {
    const low = world.provider('low', { policy: { pricePerMfuel: 1n } })
    const fair = world.provider('fair')
    const wary = world.agent('wary', {
      reputationOf: (agent) => ({ score: agent === low.signer.address ? 29.99 : 30, specialty: 0 }),
    })
    const { ranked } = await sell(world, wary)
    assert.deepEqual(
      ranked.map(({ bid }) => bid.message.provider),
      [fair.signer.address],
    )
  })
})

describe('a budget below the lowest bid', () => {
  it('gives an empty ranking and says so', async () => {
    const one = world.provider('one')
    const { ranked, auctionId } = await sell(world, buyer, { maxPrice: 1_009_999n })
    assert.deepEqual(ranked, [])
    assert.deepEqual(one.of('bid.declined'), [
      { type: 'bid.declined', auctionId, code: 'PRICE_ABOVE_BUDGET' },
    ])
    assert.equal(one.capacity.free(), 2)
    assert.deepEqual(buyer.of('auction.awarded'), [
      { type: 'auction.awarded', auctionId, provider: null, price: '0', bids: 0 },
    ])
    assert.equal(buyer.auctioneer.seen()[0]?.phase, 'unsold')
  })
})

describe('a bid made by hand', () => {
  const bidOn = (auctionId: `0x${string}`, changes: Parameters<typeof aBid>[0] = {}) =>
    aBid({ auctionId, provider: stranger.signer.address, validUntil: START + 65, ...changes })
  let stranger: MarketAgent

  beforeEach(() => {
    stranger = world.agent('stranger')
  })

  const open = async () => {
    const { auctionId, ...auction } = buyer.auctioneer.draft(terms)
    const ended = buyer.auctioneer.run(auction, { signal: never })
    await settle()
    const end = async () => {
      await world.clock.set(START + 5)
      return ended
    }
    return { auctionId, end }
  }
  const send = async (signed: ReturnType<typeof signAs<'Bid'>>) => {
    await stranger.node.gossip.publish('bids', encodeSigned('Bid', signed))
    await world.network.settled()
  }

  it('counts when it is right', async () => {
    const { auctionId, end } = await open()
    await send(signAs('stranger', 'Bid', bidOn(auctionId)))
    assert.equal((await end()).length, 1)
  })

  it('is not counted when it is forged', async () => {
    const { auctionId, end } = await open()
    await send(signAs('mallory', 'Bid', bidOn(auctionId)))
    assert.deepEqual(await end(), [])
    assert.deepEqual(buyer.of('bid.received'), [])
    const refused = buyer.log.lines.map(({ fields }) => [fields.action, fields.code])
    assert.deepEqual(refused, [['reject', 'BAD_SIGNATURE']])
  })

  it('is not counted when it is late', async () => {
    const { auctionId, end } = await open()
    const ranked = await end()
    await send(signAs('stranger', 'Bid', bidOn(auctionId)))
    assert.deepEqual(ranked, [])
    assert.deepEqual(buyer.auctioneer.seen()[0]?.bids, [])
    assert.equal(buyer.log.lines[0]?.fields.code, 'BID_LATE')
  })

  it('replaces a dearer one of the same agent, never a cheaper one', async () => {
    const { auctionId, end } = await open()
    for (const basePrice of [20_000n, 10_000n, 15_000n]) {
      await send(signAs('stranger', 'Bid', bidOn(auctionId, { basePrice })))
    }
    const ranked = await end()
    assert.deepEqual(
      ranked.map(({ bid }) => bid.message.basePrice),
      [10_000n],
    )
    assert.equal(buyer.of('bid.received').length, 2)
  })

  it('is counted once when it is replayed in other bytes', async () => {
    const { auctionId, end } = await open()
    const signed = signAs('stranger', 'Bid', bidOn(auctionId))
    const { message } = signed
    await send(signed)
    const { s, v } = { s: signed.signature.slice(66, 130), v: signed.signature.slice(130) }
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const highS = (order - BigInt(`0x${s}`)).toString(16).padStart(64, '0')
    const flipped = v === '1b' ? '1c' : '1b'
    await send({ message, signature: `${signed.signature.slice(0, 66)}${highS}${flipped}` as '0x' })
    assert.equal((await end()).length, 1)
    assert.equal(buyer.of('bid.received').length, 1)
  })
})

describe('an auction that nobody hears at first', () => {
  it('is published as soon as someone listens', async () => {
    const { auctionId, ...auction } = buyer.auctioneer.draft(terms)
    const ended = buyer.auctioneer.run(auction, { signal: never })
    await world.clock.set(START + 2)
    const late = world.provider('late')
    await world.clock.set(START + 5)
    const ranked = await ended
    assert.equal(ranked.length, 1)
    assert.equal(late.of('auction.seen')[0]?.auctionId, auctionId)
  })

  it('ends without bids when nobody ever listens', async () => {
    assert.deepEqual((await sell(world, buyer)).ranked, [])
    assert.equal(world.clock.pending(), 0)
  })
})

describe('an auction that is called off', () => {
  it('rejects with the reason and leaves no timer behind', async () => {
    world.provider('one')
    const cancel = new AbortController()
    const auction = buyer.auctioneer.draft(terms)
    const ended = buyer.auctioneer.run(auction, { signal: cancel.signal })
    const refused = assert.rejects(ended, /owner/)
    await settle()
    cancel.abort(new Error('called off by its owner'))
    await refused
    assert.equal(world.clock.pending(), 0)
    assert.equal(buyer.auctioneer.seen()[0]?.phase, 'cancelled')
  })

  it('is not even announced when the signal has aborted already', async () => {
    const one = world.provider('one')
    const auction = buyer.auctioneer.draft(terms)
    await assert.rejects(buyer.auctioneer.run(auction, { signal: AbortSignal.abort() }))
    await world.network.settled()
    assert.deepEqual([buyer.auctioneer.seen(), one.of('auction.seen')], [[], []])
  })
})

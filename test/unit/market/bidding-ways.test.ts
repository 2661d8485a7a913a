import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import { encodeSigned, Fault } from '../../../protocols/common/index.ts'
import { BIDDING, DEAL, encodeBid, PRICING } from '../../../protocols/market/index.ts'
import { aBid } from '../../builders/messages.ts'
import { marketDigest, signAs } from '../../builders/sale.ts'
import {
  createMarketWorld,
  type MarketAgent,
  type MarketWorld,
  START,
  sell,
  terms,
} from './market-world.ts'

let world: MarketWorld
let buyer: MarketAgent

beforeEach(() => {
  world = createMarketWorld()
  buyer = world.agent('buyer')
})

/** Until nothing is under way and nobody has more to say to what arrived. */
const settle = async () => {
  await world.network.settled()
  await new Promise(setImmediate)
  await world.network.settled()
}

describe('a sealed auction', () => {
  const sealed = { bidding: BIDDING.SEALED }

  it('hears commitments before the close and prices only after it', async () => {
    const seller = world.provider('seller')
    const { auctionId, ...auction } = buyer.auctioneer.draft({ ...terms, ...sealed })
    const ended = buyer.auctioneer.run(auction, { signal: new AbortController().signal })
    await settle()
    assert.deepEqual(buyer.of('bid.received'), [])
    await world.clock.set(auction.message.closesAt)
    await settle()
    assert.equal(buyer.of('bid.received')[0]?.provider, seller.signer.address)
    await world.clock.set(auction.message.revealBy)
    assert.equal((await ended).length, 1)
    assert.deepEqual(buyer.of('bid.unopened'), [])
    assert.equal(buyer.of('auction.opened')[0]?.auctionId, auctionId)
  })

  it('takes no bid that nobody committed to, and none but the one committed to', async () => {
    const cheat = world.agent('cheat')
    const draft = buyer.auctioneer.draft({ ...terms, ...sealed })
    const { auctionId } = draft
    const ended = buyer.auctioneer.run(draft, { signal: new AbortController().signal })
    await settle()
    const provider = cheat.signer.address
    const dear = aBid({ auctionId, provider, validUntil: START + 100, basePrice: 900_000n })
    const commitment = marketDigest('Bid', dear)
    const committed = signAs('cheat', 'SealedBid', { auctionId, provider, commitment })
    await cheat.node.gossip.publish('bids', encodeSigned('SealedBid', committed))
    await settle()
    const cheap = signAs('cheat', 'Bid', { ...dear, basePrice: 1n })
    await cheat.node.gossip.publish('bids', encodeSigned('Bid', cheap))
    await settle()
    await world.clock.set(draft.message.revealBy)
    assert.deepEqual(await ended, [])
    assert.deepEqual(buyer.of('bid.unopened'), [{ type: 'bid.unopened', auctionId, provider }])
    assert.ok(buyer.log.lines.some(({ fields }) => fields.code === 'BID_NOT_COMMITTED'))
  })

  it('keeps the first commitment of an agent, and none after the close', async () => {
    const cheat = world.agent('cheat')
    const draft = buyer.auctioneer.draft({ ...terms, ...sealed })
    const { auctionId } = draft
    buyer.auctioneer.run(draft, { signal: new AbortController().signal })
    await settle()
    const provider = cheat.signer.address
    const commit = async (commitment: `0x${string}`) => {
      const signed = signAs('cheat', 'SealedBid', { auctionId, provider, commitment })
      await cheat.node.gossip.publish('bids', encodeSigned('SealedBid', signed))
      await settle()
      return buyer.log.lines.at(-1)?.fields.code
    }
    assert.equal(await commit(`0x${'11'.repeat(32)}`), undefined)
    assert.equal(await commit(`0x${'22'.repeat(32)}`), 'COMMITTED_BEFORE')
    await world.clock.set(draft.message.closesAt)
    assert.equal(await commit(`0x${'33'.repeat(32)}`), 'BID_LATE')
  })

  it('lets a loser check the award: its bid was acknowledged, and the transcript is served', async () => {
    const loser = world.provider('loser', { policy: { pricePerMfuel: 1_900n } })
    world.provider('winner')
    const { auction, auctionId, ranked } = await sell(world, buyer, sealed)
    const [winner] = ranked
    assert.ok(winner)
    await buyer.auctioneer.announceAward(await buyer.auctioneer.award(auction, ranked, winner))
    await settle()
    const requester = buyer.signer.address
    assert.deepEqual(loser.of('auction.audited'), [
      { type: 'auction.audited', auctionId, requester, fault: null },
    ])
  })

  it('is caught where its requester leaves an acknowledged bid out', async () => {
    const loser = world.provider('loser')
    world.provider('winner', { policy: { pricePerMfuel: 1_900n } })
    const { auction, auctionId, ranked } = await sell(world, buyer, sealed)
    const favourite = ranked[1]
    const sighting = buyer.board.sighting(auctionId)
    assert.ok(favourite && sighting?.transcript)
    const alone = [{ ...favourite, rank: 1 }]
    sighting.transcript = { ...sighting.transcript, ranked: alone }
    const award = await buyer.auctioneer.award(auction, alone, { ...favourite, rank: 1 })
    await buyer.auctioneer.announceAward(award)
    await settle()
    assert.equal(loser.of('auction.audited')[0]?.fault, 'BID_LEFT_OUT')
  })
})

describe('an auction with bids over direct streams', () => {
  const direct = { bidding: BIDDING.DIRECT }

  it('is heard by everyone, and its bids by the requester alone', async () => {
    const seller = world.provider('seller')
    const witness = world.agent('witness')
    const { auctionId, ranked } = await sell(world, buyer, direct)
    assert.equal(ranked[0]?.bid.message.provider, seller.signer.address)
    assert.equal(witness.of('auction.seen')[0]?.auctionId, auctionId)
    assert.deepEqual(witness.board.sighting(auctionId)?.bids.size, 0)
  })

  it('takes no bid by gossip', async () => {
    const stranger = world.agent('stranger')
    const draft = buyer.auctioneer.draft({ ...terms, ...direct })
    buyer.auctioneer.run(draft, { signal: new AbortController().signal })
    await settle()
    const { auctionId } = draft
    const provider = stranger.signer.address
    const bid = signAs('stranger', 'Bid', aBid({ auctionId, provider, validUntil: START + 60 }))
    await stranger.node.gossip.publish('bids', encodeSigned('Bid', bid))
    await settle()
    assert.equal(buyer.log.lines.at(-1)?.fields.code, 'BID_NOT_BY_GOSSIP')
  })

  it('reaches its requester once the line is up again', async () => {
    const seller = world.provider('seller')
    let tries = 0
    world.network.intercept(({ type }) => {
      if (type !== DEAL.BID) return 'deliver'
      tries += 1
      if (tries === 1) seller.node.disconnect()
      return 'deliver'
    })
    const draft = buyer.auctioneer.draft({ ...terms, ...direct })
    const ended = buyer.auctioneer.run(draft, { signal: new AbortController().signal })
    await settle()
    seller.node.reconnect()
    await world.clock.advance(1_000)
    await settle()
    await world.clock.set(draft.message.closesAt)
    assert.equal((await ended).length, 1)
  })

  it('refuses a bid of another agent, one on no auction of its own, and none at all', async () => {
    const stranger = world.agent('stranger')
    const draft = buyer.auctioneer.draft({ ...terms, ...direct })
    buyer.auctioneer.run(draft, { signal: new AbortController().signal })
    await settle()
    const { auctionId } = draft
    const ask = (body: Parameters<typeof stranger.node.talk.request>[1]['body']) =>
      stranger.node.talk.request(buyer.signer.address, {
        protocol: '/souk/deal/1',
        type: DEAL.BID,
        body,
      })
    const own = { provider: stranger.signer.address, validUntil: START + 60 }
    const bidOf = (changes: Parameters<typeof aBid>[0]) =>
      encodeBid({ kind: 'Bid', signed: signAs('stranger', 'Bid', aBid({ ...own, ...changes })) })
    const code = (expected: string) => (error: unknown) =>
      error instanceof Fault && error.code === expected
    const provider = buyer.signer.address
    await assert.rejects(ask(bidOf({ auctionId, provider })), code('BID_NOT_YOURS'))
    await assert.rejects(ask(bidOf({})), code('AUCTION_UNKNOWN'))
    await assert.rejects(ask([]), code('BID_MALFORMED'))
    await assert.rejects(
      ask(bidOf({ auctionId, basePrice: 10n ** 9n })),
      code('PRICE_ABOVE_BUDGET'),
    )
    await ask(bidOf({ auctionId }))
    await ask(bidOf({ auctionId }))
    assert.equal(buyer.of('bid.received').length, 1)
  })
})

describe('a second-price auction', () => {
  it('pays the winner what would still have won', async () => {
    world.provider('cheap', { policy: { basePrice: 0n, pricePerMfuel: 500n } })
    world.provider('dear', { policy: { basePrice: 0n, pricePerMfuel: 900n } })
    const { auction, ranked } = await sell(world, buyer, { pricing: PRICING.SECOND })
    const [winner] = ranked
    assert.ok(winner)
    const { message } = await buyer.auctioneer.award(auction, ranked, winner)
    assert.ok(message.pricePerMfuel === 900n || message.pricePerMfuel === 899n)
  })
})

describe('an auction called off by its owner', () => {
  const draftAndRun = () => {
    const cancel = new AbortController()
    const draft = buyer.auctioneer.draft(terms)
    const ended = buyer.auctioneer.run(draft, { signal: cancel.signal })
    ended.catch(() => undefined)
    const end = async () => {
      cancel.abort(new Fault('CANCELLED', 'called off'))
      await ended.catch(() => undefined)
      await settle()
    }
    return { draft, end }
  }

  it('is told to everyone while nobody has bid', async () => {
    const witness = world.agent('witness')
    const { end } = draftAndRun()
    await settle()
    await end()
    assert.equal(witness.auctioneer.seen()[0]?.phase, 'cancelled')
  })

  it('is not taken back once somebody has bid', async () => {
    const seller = world.provider('seller')
    const { end } = draftAndRun()
    await settle()
    await end()
    assert.equal(seller.auctioneer.seen()[0]?.phase, 'open')
    assert.equal(seller.capacity.free(), 1)
  })

  it('cannot be cancelled by another agent', async () => {
    const witness = world.agent('witness')
    const { draft } = draftAndRun()
    await settle()
    const forged = signAs('mallory', 'CancelAuction', { auctionId: draft.auctionId })
    await world
      .agent('mallory')
      .node.gossip.publish('auctions', encodeSigned('CancelAuction', forged))
    await settle()
    assert.equal(witness.auctioneer.seen()[0]?.phase, 'open')
    assert.equal(witness.log.lines.at(-1)?.fields.code, 'BAD_SIGNATURE')
  })
})

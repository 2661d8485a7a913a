import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import { type Board, type BoardOptions, createBoard } from '../../../node/market/index.ts'
import type { Gossip, GossipHandler, GossipTopic } from '../../../node/ports/index.ts'
import type { Auction, Verdict } from '../../../protocols/common/index.ts'
import { encodeSigned } from '../../../protocols/common/index.ts'
import type { NodeEvent } from '../../../protocols/control/index.ts'
import { MAX_MESSAGE_BYTES } from '../../../protocols/market/index.ts'
import { aBid, anAuction, anAward, hash } from '../../builders/messages.ts'
import { marketDigest, signAs } from '../../builders/sale.ts'
import { createFakeClock, type FakeClock } from '../../fakes/clock.ts'
import { silentLog } from '../../fakes/log.ts'
import { createTestSigner, recoverSigner } from '../../fakes/signer.ts'

const START = 1_750_000_000
const accepted = { action: 'accept' }
let clock: FakeClock
let board: Board
let events: NodeEvent[]
let recovered: number
let hear: (topic: GossipTopic, data: Uint8Array, from?: string) => Verdict | Promise<Verdict>

const setUp = (options: BoardOptions = {}) => {
  const handlers = new Map<GossipTopic, GossipHandler>()
  const gossip: Gossip = {
    publish: async () => ({ recipients: 0 }),
    subscribe: (topic, handler) => void handlers.set(topic, handler),
    listeners: () => 0,
  }
  clock = createFakeClock(START)
  events = []
  recovered = 0
  board = createBoard(
    {
      gossip,
      clock,
      digest: marketDigest,
      recover: (digest, signature) => {
        recovered += 1
        return recoverSigner(digest, signature)
      },
      log: silentLog,
      emit: (event) => void events.push(event),
    },
    options,
  )
  board.start()
  hear = (topic, data, from = 'peer') =>
    handlers.get(topic)?.(data, from) ?? assert.fail('nobody listens')
}

const auctionOf = (agent: string, changes: Partial<Auction> = {}) => {
  const message = anAuction({ requester: createTestSigner(agent).address, ...changes })
  const signed = signAs(agent, 'Auction', message)
  return { auctionId: marketDigest('Auction', message), bytes: encodeSigned('Auction', signed) }
}
const bidOf = (agent: string, auctionId: Auction['salt'], basePrice = 10_000n) => {
  const { address } = createTestSigner(agent)
  const message = aBid({ auctionId, provider: address, basePrice })
  return encodeSigned('Bid', signAs(agent, 'Bid', message))
}

beforeEach(() => setUp())

describe('gossip that is no market message', () => {
  const { bytes } = auctionOf('buyer')
  const junk: [string, Uint8Array, string][] = [
    ['one byte too many', Uint8Array.of(...bytes, 0), 'MESSAGE_MALFORMED'],
    ['one byte too few', bytes.subarray(0, -1), 'MESSAGE_MALFORMED'],
    ['a flipped bit', bytes.with(40, (bytes[40] ?? 0) ^ 1), 'BAD_SIGNATURE'],
    ['nothing', new Uint8Array(), 'MESSAGE_MALFORMED'],
    ['an empty array', Uint8Array.of(0x80), 'MESSAGE_MALFORMED'],
    ['too much', new Uint8Array(MAX_MESSAGE_BYTES + 1), 'MESSAGE_TOO_LARGE'],
  ]
  for (const [what, data, code] of junk) {
    it(`is rejected: ${what}`, async () => {
      assert.deepEqual(await hear('auctions', data), { action: 'reject', code })
      assert.deepEqual(events, [])
    })
  }

  it('is rejected on every topic, a message of another topic too', async () => {
    const bid = bidOf('seller', hash(1))
    const malformed = { action: 'reject', code: 'MESSAGE_MALFORMED' }
    assert.deepEqual(await hear('auctions', bid), malformed)
    assert.deepEqual(await hear('awards', bid), malformed)
    assert.deepEqual(await hear('bids', bytes), malformed)
  })
})

describe('a message that was heard before', () => {
  it('is ignored without checking its signature again, told once', async () => {
    const { bytes, auctionId } = auctionOf('buyer')
    assert.deepEqual(await hear('auctions', bytes), accepted)
    const again = { action: 'ignore', code: 'SEEN_BEFORE' }
    assert.deepEqual(await hear('auctions', bytes, 'other'), again)
    const bid = bidOf('seller', auctionId)
    assert.deepEqual(await hear('bids', bid), accepted)
    assert.deepEqual(await hear('bids', bid), again)
    const award = encodeSigned('Award', signAs('buyer', 'Award', anAward({ auctionId })))
    assert.deepEqual(await hear('awards', award), accepted)
    assert.deepEqual(await hear('awards', award), again)
    assert.equal(recovered, 3)
    assert.equal(events.length, 1)
  })

  it('is not taken for one that came with a forged signature first', async () => {
    const message = anAuction({ requester: createTestSigner('buyer').address })
    const forged = encodeSigned('Auction', signAs('mallory', 'Auction', message))
    assert.deepEqual(await hear('auctions', forged), { action: 'reject', code: 'BAD_SIGNATURE' })
    assert.deepEqual(await hear('auctions', auctionOf('buyer').bytes), accepted)
  })

  it('is ignored when it is an auction of this node that comes back', async () => {
    const message = anAuction()
    const signed = signAs('requester', 'Auction', message)
    board.open(signed, marketDigest('Auction', message))
    assert.deepEqual(await hear('auctions', encodeSigned('Auction', signed)), {
      action: 'ignore',
      code: 'SEEN_BEFORE',
    })
    assert.equal(board.views()[0]?.isOwn, true)
  })
})

describe('a neighbour that floods', () => {
  it('is held to its rate before anything is decoded, and heard again later', async () => {
    setUp({ peerRate: { perSecond: 1, burst: 3 } })
    const junk = new Uint8Array(10)
    const codes: unknown[] = []
    for (let count = 0; count < 5; count++) codes.push(await hear('bids', junk))
    const [rejected, ignored] = [
      { action: 'reject', code: 'MESSAGE_MALFORMED' },
      { action: 'ignore', code: 'PEER_TOO_FAST' },
    ]
    assert.deepEqual(codes, [rejected, rejected, rejected, ignored, ignored])
    assert.deepEqual(await hear('bids', junk, 'quiet neighbour'), rejected)
    await clock.advance(1_000)
    assert.deepEqual(await hear('bids', junk), rejected)
    assert.deepEqual(await hear('bids', junk), ignored)
  })
})

describe('an agent that floods', () => {
  const salted = (salt: number) => auctionOf('buyer', { salt: hash(salt) }).bytes

  it('is held to its rate through whatever neighbours its messages come', async () => {
    setUp({ agentRate: { perSecond: 1, burst: 2 } })
    const verdicts: unknown[] = []
    for (const salt of [1, 2, 3])
      verdicts.push(await hear('auctions', salted(salt), `peer ${salt}`))
    assert.deepEqual(verdicts, [accepted, accepted, { action: 'ignore', code: 'AGENT_TOO_FAST' }])
    assert.deepEqual(await hear('auctions', auctionOf('other buyer').bytes), accepted)
  })

  it('cannot use up the rate of another by forging its name', async () => {
    setUp({ agentRate: { perSecond: 1, burst: 1 } })
    const message = anAuction({ requester: createTestSigner('buyer').address, salt: hash(9) })
    await hear('auctions', encodeSigned('Auction', signAs('mallory', 'Auction', message)))
    assert.deepEqual(await hear('auctions', salted(1)), accepted)
  })

  it('is held to its rate with bids and awards as well', async () => {
    setUp({ agentRate: { perSecond: 1, burst: 1 } })
    const { bytes, auctionId } = auctionOf('buyer')
    await hear('auctions', bytes)
    const tooFast = { action: 'ignore', code: 'AGENT_TOO_FAST' }
    const award = encodeSigned('Award', signAs('buyer', 'Award', anAward({ auctionId })))
    assert.deepEqual(await hear('awards', award), tooFast)
    assert.deepEqual(await hear('bids', bidOf('seller', auctionId, 1n)), accepted)
    assert.deepEqual(await hear('bids', bidOf('seller', auctionId, 2n)), tooFast)
  })
})

describe('a full board', () => {
  it('forgets the oldest auction of others, never an own one under way', async () => {
    setUp({ maxAuctions: 2 })
    const own = anAuction({ salt: hash(100) })
    const ownId = marketDigest('Auction', own)
    board.open(signAs('requester', 'Auction', own), ownId).standing = 'collecting'
    const ids: `0x${string}`[] = []
    for (const salt of [1, 2, 3]) {
      const { bytes, auctionId } = auctionOf('buyer', { salt: hash(salt) })
      ids.push(auctionId)
      await hear('auctions', bytes)
    }
    assert.deepEqual(
      board.views().map(({ auctionId }) => auctionId),
      [ids[2], ownId],
    )
  })

  it('keeps the cheapest bids where an auction has too many', async () => {
    setUp({ maxBids: 2 })
    const { bytes, auctionId } = auctionOf('buyer')
    await hear('auctions', bytes)
    for (const [agent, price] of [
      ['a', 30n],
      ['b', 20n],
      ['c', 40n],
      ['d', 10n],
    ] as const) {
      assert.deepEqual(await hear('bids', bidOf(agent, auctionId, price)), accepted)
    }
    assert.deepEqual(
      board.views()[0]?.bids.map(({ basePrice }) => basePrice),
      ['10', '20'],
    )
  })
})

describe('an auction seen on the network', () => {
  it('is open, then closed, then awarded', async () => {
    const { bytes, auctionId } = auctionOf('buyer')
    await hear('auctions', bytes)
    const bid = bidOf('seller', auctionId)
    await hear('bids', bid)
    const phases = [board.views()[0]?.phase]
    await clock.set(START + 5)
    phases.push(board.views()[0]?.phase)
    const message = anAward({ auctionId, bidHash: board.views()[0]?.bids[0]?.bidHash ?? hash(0) })
    await hear('awards', encodeSigned('Award', signAs('buyer', 'Award', message)))
    phases.push(board.views()[0]?.phase)
    assert.deepEqual(phases, ['open', 'closed', 'awarded'])
    assert.equal(board.views()[0]?.winner, createTestSigner('seller').address)
  })

  it('is told of once to whoever listens, until they stop', async () => {
    const heard: string[] = []
    const stop = board.onAuction(({ auctionId }) => void heard.push(auctionId))
    const first = auctionOf('buyer', { salt: hash(1) })
    await hear('auctions', first.bytes)
    stop()
    await hear('auctions', auctionOf('buyer', { salt: hash(2) }).bytes)
    assert.deepEqual(heard, [first.auctionId])
  })

  it('need not be known for a bid on it to be passed on, but for an award', async () => {
    assert.deepEqual(await hear('bids', bidOf('seller', hash(77))), accepted)
    const award = encodeSigned('Award', signAs('buyer', 'Award', anAward({ auctionId: hash(77) })))
    assert.deepEqual(await hear('awards', award), { action: 'ignore', code: 'AUCTION_UNKNOWN' })
    assert.deepEqual(board.views(), [])
  })
})

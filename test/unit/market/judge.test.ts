import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Auction, Award, Bid } from '../../../protocols/common/index.ts'
import { ZERO_ADDRESS, ZERO_HASH } from '../../../protocols/common/index.ts'
import { judgeAuction, judgeAward, judgeBid } from '../../../protocols/market/index.ts'
import { aBid, anAuction, anAward, hash } from '../../builders/messages.ts'
import { aSale, marketDigest, signAs } from '../../builders/sale.ts'
import { recoverSigner } from '../../fakes/signer.ts'

const NOW = 1_750_000_000
const DAY = 86_400
const context = {
  now: NOW,
  hasSeen: () => false,
  recover: recoverSigner,
  path: 'gossip' as const,
  commitmentOf: () => undefined,
}
const accepted = { action: 'accept' }

const verdictOnAuction = (changes: Partial<Auction>, { now = NOW, by = 'requester' } = {}) => {
  const message = anAuction(changes)
  const hash = marketDigest('Auction', message)
  return judgeAuction(signAs(by, 'Auction', message), { ...context, now, hash })
}

const { auctionId, auction } = aSale()

const verdictOnBid = (
  changes: Partial<Bid>,
  { now = NOW, by = 'provider', known = auction.message as Auction | undefined } = {},
) => {
  const message = aBid({ auctionId, ...changes })
  const hash = marketDigest('Bid', message)
  return judgeBid(signAs(by, 'Bid', message), { ...context, now, hash, auction: known })
}

const verdictOnAward = (
  changes: Partial<Award>,
  { now = NOW, by = 'requester', known = auction.message as Auction | undefined } = {},
) => {
  const message = anAward({ auctionId, ...changes })
  const hash = marketDigest('Award', message)
  return judgeAward(signAs(by, 'Award', message), { ...context, now, hash, auction: known })
}

describe('an announced auction', () => {
  const rejected: [Partial<Auction>, string][] = [
    [{ pricing: 2 }, 'AUCTION_KIND_UNKNOWN'],
    [{ bidding: 3 }, 'AUCTION_KIND_UNKNOWN'],
    [{ settlement: 2 }, 'AUCTION_KIND_UNKNOWN'],
    [{ taskHash: ZERO_HASH }, 'AUCTION_TASK_EMPTY'],
    [{ requester: ZERO_ADDRESS }, 'AUCTION_TASK_EMPTY'],
    [{ maxFuel: 0n }, 'AUCTION_TASK_EMPTY'],
    [{ closesAt: NOW + 600 }, 'AUCTION_TIMES_DISORDERED'],
    [{ revealBy: NOW + 10 }, 'AUCTION_TIMES_DISORDERED'],
    [{ bidding: 1, revealBy: NOW + 5 }, 'AUCTION_TIMES_DISORDERED'],
    [{ bidding: 1, revealBy: NOW + 600 }, 'AUCTION_TIMES_DISORDERED'],
  ]
  for (const [changes, code] of rejected) {
    it(`is rejected with ${code} for ${Object.keys(changes)} of ${Object.values(changes)}`, () => {
      assert.deepEqual(verdictOnAuction(changes), { action: 'reject', code })
    })
  }

  it('is accepted while it is open', () => {
    assert.deepEqual(verdictOnAuction({}), accepted)
    assert.deepEqual(verdictOnAuction({}, { now: NOW + 4 }), accepted)
    assert.deepEqual(verdictOnAuction({ bidding: 1, revealBy: NOW + 20 }), accepted)
    assert.deepEqual(verdictOnAuction({ pricing: 1, bidding: 2, settlement: 1 }), accepted)
  })

  it('is ignored from the second it closes at', () => {
    const verdict = verdictOnAuction({}, { now: NOW + 5 })
    assert.deepEqual(verdict, { action: 'ignore', code: 'AUCTION_CLOSED' })
  })

  it('is ignored where it would have to be remembered for too long', () => {
    const tooFar = { action: 'ignore', code: 'AUCTION_TOO_FAR_AHEAD' }
    assert.deepEqual(
      verdictOnAuction({ closesAt: NOW + DAY + 1, deliverBy: NOW + 2 * DAY }),
      tooFar,
    )
    assert.deepEqual(verdictOnAuction({ deliverBy: NOW + 30 * DAY + 1 }), tooFar)
    assert.deepEqual(verdictOnAuction({ closesAt: NOW + DAY, deliverBy: NOW + 30 * DAY }), accepted)
  })

  it('is rejected when another agent signed it', () => {
    const verdict = verdictOnAuction({}, { by: 'mallory' })
    assert.deepEqual(verdict, { action: 'reject', code: 'BAD_SIGNATURE' })
  })

  it('is ignored the second time, before any signature is checked', () => {
    const hash = marketDigest('Auction', auction.message)
    const verdict = judgeAuction(auction, {
      now: NOW,
      hash,
      hasSeen: (seen) => seen === hash,
      recover: () => assert.fail('the signature was checked'),
    })
    assert.deepEqual(verdict, { action: 'ignore', code: 'SEEN_BEFORE' })
  })
})

describe('a bid', () => {
  const ignored: [Partial<Bid>, string][] = [
    [{ validUntil: NOW }, 'BID_EXPIRED'],
    [{ validUntil: NOW + 7 * DAY + 1 }, 'BID_TOO_FAR_AHEAD'],
    [{ validUntil: NOW + 5 }, 'BID_ENDS_BEFORE_CLOSE'],
    [{ provider: auction.message.requester }, 'BID_ON_OWN_AUCTION'],
    [{ basePrice: 1_000_001n }, 'PRICE_ABOVE_BUDGET'],
    [{ pricePerMfuel: 1_991n }, 'PRICE_ABOVE_BUDGET'],
    [{ etaMs: 595_001 }, 'TOO_SLOW'],
  ]
  for (const [changes, code] of ignored) {
    it(`is ignored with ${code} for ${Object.keys(changes)} of ${Object.values(changes)}`, () => {
      assert.deepEqual(verdictOnBid(changes), { action: 'ignore', code })
    })
  }

  it('is accepted within budget and time, to the last unit and millisecond', () => {
    assert.deepEqual(verdictOnBid({}), accepted)
    assert.deepEqual(verdictOnBid({ basePrice: 1_000_000n, etaMs: 595_000 }), accepted)
  })

  it('is ignored once the auction has closed', () => {
    const verdict = verdictOnBid({}, { now: NOW + 5 })
    assert.deepEqual(verdict, { action: 'ignore', code: 'BID_LATE' })
  })

  it('is rejected without a provider, or signed by another agent', () => {
    assert.deepEqual(verdictOnBid({ provider: ZERO_ADDRESS }), {
      action: 'reject',
      code: 'BID_PROVIDER_EMPTY',
    })
    assert.deepEqual(verdictOnBid({}, { by: 'mallory' }), {
      action: 'reject',
      code: 'BAD_SIGNATURE',
    })
  })

  it('is passed on where its auction is not known, if its signature is right', () => {
    const unknown = (changes: Partial<Bid>, by = 'provider') => {
      const message = aBid(changes)
      return judgeBid(signAs(by, 'Bid', message), {
        ...context,
        hash: marketDigest('Bid', message),
        auction: undefined,
      })
    }
    assert.deepEqual(unknown({ basePrice: 10n ** 20n }), accepted)
    assert.deepEqual(unknown({}, 'mallory'), { action: 'reject', code: 'BAD_SIGNATURE' })
  })

  it('is ignored the second time', () => {
    const message = aBid({ auctionId })
    const verdict = judgeBid(signAs('provider', 'Bid', message), {
      ...context,
      hash: marketDigest('Bid', message),
      hasSeen: () => true,
      auction: auction.message,
    })
    assert.deepEqual(verdict, { action: 'ignore', code: 'SEEN_BEFORE' })
  })
})

describe('an award', () => {
  it('is accepted from the requester of its auction, before and after the close', () => {
    assert.deepEqual(verdictOnAward({}), accepted)
    assert.deepEqual(verdictOnAward({}, { now: NOW + 599 }), accepted)
  })

  it('is rejected where it names no bid, or anyone else signed it', () => {
    assert.deepEqual(verdictOnAward({ bidHash: ZERO_HASH }), {
      action: 'reject',
      code: 'AWARD_BID_EMPTY',
    })
    assert.deepEqual(verdictOnAward({ auctionId: ZERO_HASH }), {
      action: 'reject',
      code: 'AWARD_BID_EMPTY',
    })
    assert.deepEqual(verdictOnAward({}, { by: 'provider' }), {
      action: 'reject',
      code: 'BAD_SIGNATURE',
    })
  })

  it('is ignored when the work would be due already', () => {
    assert.deepEqual(verdictOnAward({}, { now: NOW + 600 }), {
      action: 'ignore',
      code: 'AWARD_LATE',
    })
  })

  it('is ignored for an unknown auction, and the second time', () => {
    const message = anAward({ auctionId: hash(77) })
    const signed = signAs('requester', 'Award', message)
    const known = { ...context, hash: marketDigest('Award', message) }
    assert.deepEqual(judgeAward(signed, { ...known, auction: undefined }), {
      action: 'ignore',
      code: 'AUCTION_UNKNOWN',
    })
    assert.deepEqual(
      judgeAward(signed, { ...known, auction: auction.message, hasSeen: () => true }),
      { action: 'ignore', code: 'SEEN_BEFORE' },
    )
  })
})

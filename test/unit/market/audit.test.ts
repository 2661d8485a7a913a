import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  awardRates,
  checkTranscript,
  type JudgedBid,
  PRICING,
  priceOf,
  rankAll,
  transcriptLeaf,
  transcriptRoot,
  weightsHash,
} from '../../../protocols/market/index.ts'
import { aBid, anAuction, hash } from '../../builders/messages.ts'
import { marketDigest, signAs } from '../../builders/sale.ts'
import { createTestSigner, recoverSigner } from '../../fakes/signer.ts'

const weights = { price: 40, reputation: 30, specialty: 20, eta: 10 }

const auctionOf = (pricing: number) =>
  anAuction({ pricing, weightsHash: weightsHash(weights), minReputation: 30 })

const judged = (
  agent: string,
  {
    auctionId,
    basePrice,
    reputation,
  }: { auctionId: `0x${string}`; basePrice: bigint; reputation: number },
): JudgedBid => {
  const message = aBid({ auctionId, provider: createTestSigner(agent).address, basePrice })
  return { bid: signAs(agent, 'Bid', message), reputation, specialty: 5_000 }
}

/** An auction held as it should be: its transcript, its award, and what a bidder needs to check them. */
const held = (prices: readonly [bigint, number][], pricing: number = PRICING.FIRST) => {
  const auction = auctionOf(pricing)
  const auctionId = marketDigest('Auction', auction)
  const bids = prices.map(([basePrice, reputation], index) =>
    judged(`bidder ${index}`, { auctionId, basePrice, reputation }),
  )
  const candidates = bids.map((line) => ({
    ...line,
    bidHash: marketDigest('Bid', line.bid.message),
    price: priceOf(line.bid.message, auction.maxFuel),
  }))
  const ranked = rankAll(candidates, auction, weights)
  const [winner, next] = ranked.filter(({ rank }) => rank > 0)
  assert.ok(winner)
  const award = {
    auctionId,
    bidHash: winner.bidHash,
    ...awardRates(pricing, { winner, next }, { ...auction, weights }),
    transcriptRoot: transcriptRoot(ranked.map(transcriptLeaf)),
  }
  const context = {
    auction,
    auctionId,
    award,
    digest: marketDigest,
    recover: recoverSigner,
    expected: candidates[0]?.bidHash ?? hash(0),
  }
  return { transcript: { weights, bids }, context, ranked }
}

const anyPrices = fc.array(
  fc.tuple(fc.bigInt({ min: 0n, max: 900_000n }), fc.integer({ min: 0, max: 10_000 })),
  { minLength: 1, maxLength: 6 },
)
const anyField = anyPrices.filter((prices) => prices.some(([, reputation]) => reputation >= 3_000))

describe('a transcript', () => {
  it('that is honest passes, first price and second, in whatever order it is served', () => {
    fc.assert(
      fc.property(anyField, fc.constantFrom(...Object.values(PRICING)), (prices, pricing) => {
        const { transcript, context } = held(prices, pricing)
        assert.equal(checkTranscript(transcript, context), null)
        const bids = [...transcript.bids].reverse()
        assert.equal(checkTranscript({ weights, bids }, context), null)
      }),
      { numRuns: 60 },
    )
  })

  it('in which any score, price or bidder was changed after the award does not have its root', () => {
    fc.assert(
      fc.property(anyField, fc.nat(), (prices, pick) => {
        const { transcript, context } = held(prices)
        const at = pick % transcript.bids.length
        const line = transcript.bids[at] as JudgedBid
        const changed = { ...line, reputation: line.reputation === 0 ? 1 : line.reputation - 1 }
        const bids = transcript.bids.with(at, changed)
        assert.equal(checkTranscript({ weights, bids }, context), 'ROOT_MISMATCH')
        const fewer = transcript.bids.toSpliced(at, 1)
        assert.equal(checkTranscript({ weights, bids: fewer }, context), 'ROOT_MISMATCH')
      }),
      { numRuns: 60 },
    )
  })
})

describe('an award that cheats', () => {
  const { transcript, context, ranked } = held([
    [10_000n, 5_000],
    [20_000n, 5_000],
    [5_000n, 2_000],
  ])
  const [first, second, third] = ranked
  assert.ok(first && second && third)
  const { award } = context
  const check = (changes: Partial<typeof context>, bids = transcript.bids) =>
    checkTranscript({ weights, bids }, { ...context, ...changes })

  it('is found where its root follows from a ranking that its bids do not have', () => {
    const swapped = [{ ...second, rank: 1 }, { ...first, rank: 2 }, third]
    const transcriptRootOf = transcriptRoot(swapped.map(transcriptLeaf))
    const cheating = { ...award, bidHash: second.bidHash, transcriptRoot: transcriptRootOf }
    assert.equal(check({ award: cheating }), 'ROOT_MISMATCH')
  })

  it('is found where the winner never bid, or was below the minimum', () => {
    assert.equal(check({ award: { ...award, bidHash: hash(99) } }), 'WINNER_MISSING')
    assert.equal(third.rank, 0)
    assert.equal(check({ award: { ...award, bidHash: third.bidHash } }), 'WINNER_MISSING')
  })

  it('is found where the winner is paid another price than its bid', () => {
    assert.equal(check({ award: { ...award, basePrice: award.basePrice + 1n } }), 'PRICE_MISMATCH')
  })

  it('is found where a bid was left out that had been received', () => {
    assert.equal(check({ expected: hash(98) }), 'BID_LEFT_OUT')
  })

  it('is found where bids are made up, repeated, or valued by other weights', () => {
    const [line] = transcript.bids
    assert.ok(line)
    const forged = { ...line, bid: signAs('mallory', 'Bid', line.bid.message) }
    assert.equal(check({}, [forged]), 'BID_INVALID')
    assert.equal(check({}, [line, line]), 'BID_REPEATED')
    assert.equal(check({}, [{ ...line, specialty: 10_001 }]), 'SCORE_OUT_OF_RANGE')
    const other = { ...weights, price: 39, eta: 11 }
    const result = checkTranscript({ weights: other, bids: transcript.bids }, context)
    assert.equal(result, 'WEIGHTS_MISMATCH')
  })

  it('may pass over a winner that did not sign: the next one is paid its own price', () => {
    const { basePrice, pricePerMfuel } = second.bid.message
    const fallback = { ...award, bidHash: second.bidHash, basePrice, pricePerMfuel }
    assert.equal(check({ award: fallback }), null)
  })
})

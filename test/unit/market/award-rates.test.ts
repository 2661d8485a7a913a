import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  awardRates,
  type Candidate,
  PRICING,
  priceOf,
  rankBids,
  winningPrice,
} from '../../../protocols/market/index.ts'
import { aBid, anyValue, hash } from '../../builders/messages.ts'

const MAX_FUEL = 50_000_000n
const base = { maxPrice: 1_000_000n, closesAt: 1_000, deliverBy: 1_100 }

const candidateOf = (parts: {
  bidHash: Candidate['bidHash']
  basePrice: bigint
  pricePerMfuel: bigint
  reputation: number
  specialty: number
  etaMs: number
}): Candidate => {
  const { basePrice, pricePerMfuel, etaMs, ...rest } = parts
  const bid = { message: aBid({ basePrice, pricePerMfuel, etaMs }), signature: '0x' as const }
  return { ...rest, bid, price: priceOf(bid.message, MAX_FUEL) }
}

const anyCandidate = fc
  .record({
    bidHash: anyValue.bytes32,
    basePrice: fc.bigInt({ min: 0n, max: 500_000n }),
    pricePerMfuel: fc.bigInt({ min: 0n, max: 10_000n }),
    reputation: fc.integer({ min: 0, max: 10_000 }),
    specialty: fc.integer({ min: 0, max: 10_000 }),
    etaMs: fc.integer({ min: 0, max: 100_000 }),
  })
  .map(candidateOf)
const anyContext = fc
  .tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }))
  .map(([price, rest]) => {
    const reputation = Math.min(rest, 100 - price)
    const weights = { price, reputation, specialty: 0, eta: 100 - price - reputation }
    return { ...base, weights }
  })
const anyRace = fc
  .tuple(
    fc.uniqueArray(anyCandidate, {
      minLength: 2,
      maxLength: 8,
      selector: ({ bidHash }) => bidHash,
    }),
    anyContext,
  )
  .map(([candidates, context]) => ({ ranked: rankBids(candidates, context), context }))

describe('a second price', () => {
  it('is the highest with which the winner would still have won, to the unit', () => {
    fc.assert(
      fc.property(anyRace, ({ ranked, context }) => {
        const [winner, next, ...others] = ranked
        assert.ok(winner && next)
        const best = winningPrice({ winner, next }, context)
        const isFirstAt = (price: bigint) =>
          rankBids([{ ...winner, price }, next, ...others], context)[0]?.bidHash === winner.bidHash
        assert.ok(best >= winner.price && best <= context.maxPrice)
        assert.ok(isFirstAt(best))
        assert.ok(best === context.maxPrice || !isFirstAt(best + 1n))
      }),
      { numRuns: 500 },
    )
  })

  it('never comes to more than the winning price, nor less than the bid', () => {
    fc.assert(
      fc.property(anyRace, ({ ranked, context }) => {
        const [winner, next] = ranked
        assert.ok(winner)
        const rates = awardRates(PRICING.SECOND, { winner, next }, context)
        const price = priceOf(rates, MAX_FUEL)
        assert.ok(price <= winningPrice({ winner, next }, context))
        assert.ok(rates.basePrice >= winner.bid.message.basePrice)
        assert.ok(rates.pricePerMfuel >= winner.bid.message.pricePerMfuel)
      }),
      { numRuns: 500 },
    )
  })

  it('does not depend on what the winner itself asked for', () => {
    fc.assert(
      fc.property(anyRace, fc.bigInt({ min: 0n, max: 400_000n }), ({ ranked, context }, less) => {
        const [winner, next] = ranked
        assert.ok(winner && next)
        const price = winner.price > less ? winner.price - less : 0n
        assert.equal(
          winningPrice({ winner: { ...winner, price }, next }, context),
          winningPrice({ winner, next }, context),
        )
      }),
    )
  })

  const bidder = (bidHash: Candidate['bidHash'], basePrice: bigint) =>
    candidateOf({
      bidHash,
      basePrice,
      pricePerMfuel: 0n,
      reputation: 5_000,
      specialty: 5_000,
      etaMs: 0,
    })

  it('is the price of the next one where they differ in the price alone; one less for the higher hash', () => {
    const at = (winner: Candidate, next: Candidate) => winningPrice({ winner, next }, base)
    assert.equal(at(bidder(hash(1), 100n), bidder(hash(2), 900n)), 900n)
    assert.equal(at(bidder(hash(2), 100n), bidder(hash(1), 900n)), 899n)
  })

  it('is the whole budget for a bidder alone, and nothing for one that asks for nothing', () => {
    const alone = (basePrice: bigint) =>
      awardRates(PRICING.SECOND, { winner: bidder(hash(1), basePrice), next: undefined }, base)
    assert.deepEqual(alone(100n), { basePrice: 1_000_000n, pricePerMfuel: 0n })
    assert.deepEqual(alone(0n), { basePrice: 0n, pricePerMfuel: 0n })
  })
})

describe('a first price', () => {
  it('is the bid', () => {
    fc.assert(
      fc.property(anyRace, ({ ranked, context }) => {
        const [winner, next] = ranked
        assert.ok(winner)
        const { basePrice, pricePerMfuel } = winner.bid.message
        assert.deepEqual(awardRates(PRICING.FIRST, { winner, next }, context), {
          basePrice,
          pricePerMfuel,
        })
      }),
    )
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Agreement, Award, Progress, Receipt } from '../../../protocols/common/index.ts'
import { ZERO_HASH } from '../../../protocols/common/index.ts'
import {
  checkAgreement,
  checkOffer,
  checkProgress,
  checkReceipt,
  type Offer,
  offerHashes,
  outcomeOf,
  priceOf,
} from '../../../protocols/market/index.ts'
import { anAgreement, aProgress, aReceipt, hash } from '../../builders/messages.ts'
import { aSale, marketDigest, type SaleChanges, signAs } from '../../builders/sale.ts'
import { recoverSigner } from '../../fakes/signer.ts'

const NOW = 1_750_000_010
const other = `0x${'0b'.repeat(20)}` as const

const faultOf = (
  changes: SaleChanges,
  { now = NOW, wallMs = 60_000 }: { now?: number; wallMs?: number } = {},
) => {
  const sale = aSale(changes)
  return checkAgreement(sale.agreement.message, {
    auction: sale.auction.message,
    auctionId: marketDigest('Auction', sale.auction.message),
    bid: sale.bid.message,
    bidHash: marketDigest('Bid', sale.bid.message),
    award: sale.award.message,
    wallMs,
    now,
  })
}

describe('an agreement that follows from its sale', () => {
  it('is found right', () => {
    assert.equal(faultOf({}), null)
  })

  it('has the awarded price as its maxPrice, not the budget', () => {
    const { agreement, bid, auction } = aSale()
    assert.equal(agreement.message.maxPrice, priceOf(bid.message, auction.message.maxFuel))
    assert.ok(agreement.message.maxPrice < auction.message.maxPrice)
  })
})

describe('an agreement changed in one field', () => {
  const { deliverBy, maxPrice } = aSale().agreement.message
  const changed: [Partial<Agreement>, string][] = [
    [{ auctionId: hash(99) }, 'AUCTION_MISMATCH'],
    [{ taskHash: hash(99) }, 'TASK_MISMATCH'],
    [{ engineHash: hash(99) }, 'ENGINE_MISMATCH'],
    [{ requester: other }, 'REQUESTER_MISMATCH'],
    [{ provider: other }, 'PROVIDER_MISMATCH'],
    [{ token: other }, 'TOKEN_MISMATCH'],
    [{ basePrice: 9_999n }, 'PRICE_MISMATCH'],
    [{ pricePerMfuel: 999n }, 'PRICE_MISMATCH'],
    [{ maxPrice: maxPrice - 1n }, 'PRICE_MISMATCH'],
    [{ maxPrice: maxPrice + 1n }, 'PRICE_MISMATCH'],
    [{ maxFuel: 999_999_999n }, 'FUEL_MISMATCH'],
    [{ sliceFuel: 0n }, 'SLICES_INVALID'],
    [{ sliceFuel: 1_000_000_001n }, 'SLICES_INVALID'],
    [{ sliceFuel: 999_999n }, 'SLICES_INVALID'],
    [{ prepaid: maxPrice + 1n }, 'PREPAID_ABOVE_PRICE'],
    [{ startBy: deliverBy - 59 }, 'START_TOO_LATE'],
    [{ startBy: 1_750_000_005 }, 'START_PASSED'],
    [{ startBy: NOW }, 'START_PASSED'],
    [{ deliverBy: deliverBy + 1 }, 'DELIVERY_MISMATCH'],
    [{ deliverBy: deliverBy - 1 }, 'DELIVERY_MISMATCH'],
    [{ reviewSeconds: 604_801 }, 'REVIEW_TOO_LONG'],
    [{ settlement: 1 }, 'SETTLEMENT_MISMATCH'],
    [{ channelId: ZERO_HASH }, 'CHANNEL_MISMATCH'],
    [{ stake: 1n }, 'STAKE_MISMATCH'],
  ]
  for (const [agreement, code] of changed) {
    it(`is refused: ${Object.keys(agreement)} of ${Object.values(agreement)}`, () => {
      assert.equal(faultOf({ agreement }), code)
    })
  }

  it('is checked in every field that a requester could bend', () => {
    const covered = new Set(changed.flatMap(([agreement]) => Object.keys(agreement)))
    const unchecked = Object.keys(anAgreement()).filter((field) => !covered.has(field))
    assert.deepEqual(unchecked, ['providerSeq', 'salt'])
  })
})

describe('a sale that does not hang together', () => {
  const broken: [string, SaleChanges, string][] = [
    ['a bid on another auction', { bid: { auctionId: hash(99) } }, 'BID_MISMATCH'],
    ['an award of another auction', { award: { auctionId: hash(99) } }, 'AWARD_MISMATCH'],
    ['an award of another bid', { award: { bidHash: hash(99) } }, 'AWARD_MISMATCH'],
    ['an award below the bid', { award: { basePrice: 9_999n } }, 'PRICE_MISMATCH'],
    ['an award above the bid', { award: { pricePerMfuel: 1_001n } }, 'PRICE_MISMATCH'],
    ['a price above the budget', { auction: { maxPrice: 1_009_999n } }, 'PRICE_ABOVE_BUDGET'],
    ['escrow with a channel', { auction: { settlement: 1 } }, 'CHANNEL_MISMATCH'],
  ]
  for (const [what, changes, code] of broken) {
    it(`is refused: ${what}`, () => {
      assert.equal(faultOf(changes), code)
    })
  }

  it('may pay more than the bid, and not less, where the second price counts', () => {
    const auction = { pricing: 1 }
    const award: Partial<Award> = { basePrice: 12_000n, pricePerMfuel: 1_200n }
    assert.equal(faultOf({ auction, award }), null)
    assert.equal(faultOf({ auction, award: { basePrice: 9_000n } }), 'PRICE_MISMATCH')
    assert.equal(faultOf({ auction, award: { basePrice: 1_000_001n } }), 'PRICE_ABOVE_BUDGET')
  })
})

describe('an agreement that comes late', () => {
  it('is refused when the bid no longer binds', () => {
    assert.equal(faultOf({ bid: { validUntil: NOW } }), null)
    assert.equal(faultOf({ bid: { validUntil: NOW - 1 } }), 'BID_EXPIRED')
  })

  it('is refused when a task that starts at the last moment could not end in time', () => {
    // startBy is 30 s and deliverBy 595 s after the close.
    assert.equal(faultOf({}, { wallMs: 565_000 }), null)
    assert.equal(faultOf({}, { wallMs: 565_001 }), 'START_TOO_LATE')
  })
})

describe('an offer', () => {
  const context = { digest: marketDigest, recover: recoverSigner, wallMs: 60_000, now: NOW }

  it('is right when all its parts are signed by those they name', () => {
    assert.equal(checkOffer(aSale(), context), null)
  })

  it('is known by three digests', () => {
    const sale = aSale()
    const { auctionId, bidHash, agreementHash } = offerHashes(sale, marketDigest)
    assert.equal(auctionId, sale.auctionId)
    assert.equal(bidHash, sale.award.message.bidHash)
    assert.equal(agreementHash, marketDigest('Agreement', sale.agreement.message))
  })

  const forged: { [Part in keyof Offer]: (offer: Offer) => Offer[Part] } = {
    auction: ({ auction }) => signAs('mallory', 'Auction', auction.message),
    bid: ({ bid }) => signAs('mallory', 'Bid', bid.message),
    award: ({ award }) => signAs('mallory', 'Award', award.message),
    agreement: ({ agreement }) => signAs('mallory', 'Agreement', agreement.message),
  }
  for (const part of Object.keys(forged) as (keyof Offer)[]) {
    it(`is refused when someone else signed its ${part}`, () => {
      const sale = aSale()
      assert.equal(checkOffer({ ...sale, [part]: forged[part](sale) }, context), 'BAD_SIGNATURE')
    })
  }

  it('is refused for its terms before any signature is checked', () => {
    const recover = () => assert.fail('a signature was checked')
    const offer = aSale({ agreement: { prepaid: 10n ** 12n } })
    assert.equal(checkOffer(offer, { ...context, recover }), 'PREPAID_ABOVE_PRICE')
  })
})

describe('a note about a slice', () => {
  const agreementHash = hash(10)
  const agreement = anAgreement()
  const faultIn = (changes: Partial<Progress>, last = { slice: 0, fuelUsed: 0n }) =>
    checkProgress(aProgress(changes), { agreement, agreementHash, last })

  it('is right when it is the next one and asks for what is due', () => {
    assert.equal(faultIn({}), null)
    const next = { slice: 2, fuelUsed: 600_000_000n, paid: 505_000n }
    assert.equal(faultIn(next, { slice: 1, fuelUsed: 100_000_000n }), null)
    assert.equal(faultIn({ ...next, slice: 3 }, next), null)
  })

  const wrong: [Partial<Progress>, string][] = [
    [{ agreementHash: hash(99) }, 'AGREEMENT_MISMATCH'],
    [{ slice: 0 }, 'SLICE_OUT_OF_ORDER'],
    [{ slice: 2 }, 'SLICE_OUT_OF_ORDER'],
    [{ fuelUsed: 99_999_999n }, 'SLICE_OUT_OF_ORDER'],
    [{ fuelUsed: 1_000_000_001n }, 'FUEL_ABOVE_LIMIT'],
    [{ paid: 110_001n }, 'DUE_MISMATCH'],
    [{ paid: 109_999n }, 'DUE_MISMATCH'],
    [{ fuelUsed: 600_000_000n, paid: 610_000n }, 'DUE_MISMATCH'],
  ]
  for (const [changes, code] of wrong) {
    it(`is refused: ${Object.keys(changes)} of ${Object.values(changes)}`, () => {
      assert.equal(faultIn(changes), code)
    })
  }

  it('is refused when it takes fuel back', () => {
    const last = { slice: 1, fuelUsed: 300_000_000n }
    assert.equal(faultIn({ slice: 2, fuelUsed: 299_999_999n }, last), 'SLICE_OUT_OF_ORDER')
  })
})

describe('a receipt', () => {
  const context = { agreement: anAgreement(), agreementHash: hash(10) }
  const faultIn = (changes: Partial<Receipt>) => checkReceipt(aReceipt(changes), context)

  it('is right when its cost is that of the fuel used', () => {
    assert.equal(faultIn({}), null)
    assert.equal(faultIn({ outcome: 4, exitCode: -1, fuelUsed: 0n, cost: 10_000n }), null)
    assert.equal(faultIn({ fuelUsed: 1_000_000_000n, cost: 1_010_000n }), null)
  })

  const wrong: [Partial<Receipt>, string][] = [
    [{ agreementHash: hash(99) }, 'AGREEMENT_MISMATCH'],
    [{ outcome: 5 }, 'OUTCOME_UNKNOWN'],
    [{ fuelUsed: 1_000_000_001n, cost: 1_010_000n }, 'FUEL_ABOVE_LIMIT'],
    [{ cost: 910_001n }, 'COST_MISMATCH'],
    [{ cost: 0n }, 'COST_MISMATCH'],
    [{ finishedAt: 1_750_000_601 }, 'FINISHED_TOO_LATE'],
  ]
  for (const [changes, code] of wrong) {
    it(`is refused: ${Object.keys(changes)} of ${Object.values(changes)}`, () => {
      assert.equal(faultIn(changes), code)
    })
  }

  it('has an outcome with a name', () => {
    const names = [0, 1, 2, 3, 4, 5].map((outcome) => outcomeOf({ outcome }))
    assert.deepEqual(names, ['exit', 'trap', 'out-of-fuel', 'stack-overflow', 'output-limit', null])
  })
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { Agreement } from '../../../protocols/common/index.ts'
import { MAX_AMOUNT, MAX_FUEL } from '../../../protocols/common/index.ts'
import {
  costOf,
  dueAfterSlice,
  minSliceValue,
  prepaidOf,
  priceOf,
  quote,
  riskOf,
  sliceFuelOf,
  sliceMemo,
} from '../../../protocols/market/index.ts'
import { anAgreement, hash } from '../../builders/messages.ts'

const anyAmount = fc.bigInt({ min: 0n, max: MAX_AMOUNT })
const anyFuel = fc.bigInt({ min: 1n, max: MAX_FUEL })
const anyRates = fc.record({
  basePrice: fc.bigInt({ min: 0n, max: 10n ** 7n }),
  pricePerMfuel: fc.bigInt({ min: 0n, max: 10n ** 7n }),
})

const anyTerms: fc.Arbitrary<Agreement> = fc
  .tuple(anyRates, fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.integer({ min: 1, max: 20 }))
  .chain(([rates, maxFuel, slices]) => {
    const maxPrice = priceOf(rates, maxFuel)
    const sliceFuel = sliceFuelOf({ ...rates, maxFuel, slices, minSliceValue: 0n })
    return fc
      .bigInt({ min: 0n, max: maxPrice })
      .map((prepaid) => anAgreement({ ...rates, maxPrice, maxFuel, sliceFuel, prepaid }))
  })

// The fuel used at the end of each slice that is followed by another one.
const sliceEnds = ({ sliceFuel, maxFuel }: Agreement): bigint[] => {
  const ends: bigint[] = []
  for (let used = sliceFuel; used < maxFuel; used += sliceFuel) ends.push(used)
  return ends
}

describe('a price', () => {
  it('is the base and the fuel, a part of an Mfuel rounded up', () => {
    assert.equal(priceOf({ basePrice: 5n, pricePerMfuel: 3n }, 1_000_000n), 8n)
    assert.equal(priceOf({ basePrice: 5n, pricePerMfuel: 3n }, 1_000_001n), 9n)
    assert.equal(priceOf({ basePrice: 5n, pricePerMfuel: 0n }, MAX_FUEL), 5n)
  })
})

describe('the cost of a task', () => {
  it('is never above maxPrice, whatever the rates and the fuel', () => {
    fc.assert(
      fc.property(anyAmount, anyAmount, anyAmount, (basePrice, pricePerMfuel, maxPrice) => {
        assert.ok(costOf({ basePrice, pricePerMfuel, maxPrice }, MAX_FUEL) <= maxPrice)
      }),
    )
  })

  it('follows the fuel: using more never costs less, and using all costs the price', () => {
    fc.assert(
      fc.property(anyRates, anyFuel, anyFuel, (rates, one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one]
        const terms = { ...rates, maxPrice: priceOf(rates, more) }
        assert.ok(costOf(terms, less) <= costOf(terms, more))
        assert.equal(costOf(terms, more), terms.maxPrice)
      }),
    )
  })
})

describe('what is due after a slice', () => {
  it('never exceeds prepaid before delivery, and never falls', () => {
    fc.assert(
      fc.property(anyTerms, (agreement) => {
        let before = 0n
        for (const fuelUsed of [...sliceEnds(agreement), agreement.maxFuel]) {
          const due = dueAfterSlice({ agreement, fuelUsed })
          assert.ok(due <= agreement.prepaid)
          assert.ok(due <= costOf(agreement, fuelUsed))
          assert.ok(due >= before)
          before = due
        }
      }),
    )
  })

  it('is the cost so far while prepaid is not reached', () => {
    const agreement = anAgreement({ prepaid: 505_000n })
    assert.equal(dueAfterSlice({ agreement, fuelUsed: 100_000_000n }), 110_000n)
    assert.equal(dueAfterSlice({ agreement, fuelUsed: 600_000_000n }), 505_000n)
  })
})

describe('the risk figures', () => {
  it('bound what either side can lose at any moment, and are reached', () => {
    fc.assert(
      fc.property(anyTerms, (agreement) => {
        const { providerUnpaid, requesterPrepaid } = riskOf(agreement)
        let paid = 0n
        let worst = 0n
        for (const fuelUsed of [...sliceEnds(agreement), agreement.maxFuel]) {
          const unpaid = costOf(agreement, fuelUsed) - paid
          if (unpaid > worst) worst = unpaid
          paid = dueAfterSlice({ agreement, fuelUsed })
        }
        assert.equal(providerUnpaid, worst)
        assert.ok(paid <= requesterPrepaid)
      }),
    )
  })

  it('are half of the price for the default terms', () => {
    const agreement = anAgreement({ maxPrice: 1_010_000n, prepaid: prepaidOf(1_010_000n, 6) })
    assert.deepEqual(riskOf(agreement), { providerUnpaid: 505_000n, requesterPrepaid: 505_000n })
  })
})

describe('the slice plan', () => {
  const terms = { basePrice: 0n, pricePerMfuel: 1_000n, maxFuel: 1_000_000_000n }

  it('cuts the fuel into ten parts where each is worth enough', () => {
    assert.equal(sliceFuelOf({ ...terms, minSliceValue: minSliceValue(6) }), 100_000_000n)
  })

  it('makes fewer and larger slices where a tenth would be worth under 0.05 USD', () => {
    const plan = { ...terms, pricePerMfuel: 150n, minSliceValue: minSliceValue(6) }
    assert.equal(sliceFuelOf(plan), 333_333_334n)
  })

  it('makes one slice of a task that is hardly worth anything', () => {
    assert.equal(
      sliceFuelOf({ ...terms, pricePerMfuel: 1n, minSliceValue: 50_000n }),
      1_000_000_000n,
    )
    assert.equal(sliceFuelOf({ ...terms, slices: 0, minSliceValue: 0n }), 1_000_000_000n)
  })

  it('covers the fuel with at most the wanted number of slices', () => {
    fc.assert(
      fc.property(
        anyRates,
        anyFuel,
        fc.integer({ min: 1, max: 5000 }),
        (rates, maxFuel, slices) => {
          const sliceFuel = sliceFuelOf({ ...rates, maxFuel, slices, minSliceValue: 0n })
          assert.ok(sliceFuel > 0n && sliceFuel <= maxFuel)
          assert.ok(sliceFuel * BigInt(Math.min(slices, 1000)) >= maxFuel)
        },
      ),
    )
  })
})

describe('the default prepaid', () => {
  it('is half of the price, at most 1 USD', () => {
    assert.equal(prepaidOf(1_010_001n, 6), 505_000n)
    assert.equal(prepaidOf(9_000_000n, 6), 1_000_000n)
    assert.equal(prepaidOf(0n, 6), 0n)
  })
})

describe('a slice memo', () => {
  it('differs for every agreement, slice and amount', () => {
    const memos = [
      sliceMemo(hash(1), 1, 5n),
      sliceMemo(hash(2), 1, 5n),
      sliceMemo(hash(1), 2, 5n),
      sliceMemo(hash(1), 1, 6n),
    ]
    assert.equal(new Set(memos).size, 4)
  })
})

describe('a pricing policy', () => {
  const policy = { basePrice: 1_000n, pricePerMfuel: 100n, minPrice: 0n, loadMarginPercent: 50 }
  const auction = { maxFuel: 10_000_000n, maxPrice: 3_000n }

  it('asks its plain rates of an idle machine', () => {
    assert.deepEqual(quote(policy, auction, 0), {
      basePrice: 1_000n,
      pricePerMfuel: 100n,
      price: 2_000n,
    })
  })

  it('adds its margin in proportion to the load', () => {
    assert.deepEqual(quote(policy, auction, 50), {
      basePrice: 1_250n,
      pricePerMfuel: 125n,
      price: 2_500n,
    })
    assert.deepEqual(quote(policy, auction, 100), {
      basePrice: 1_500n,
      pricePerMfuel: 150n,
      price: 3_000n,
    })
  })

  it('raises the base to its minimum price', () => {
    assert.deepEqual(quote({ ...policy, minPrice: 2_700n }, auction, 0), {
      basePrice: 1_700n,
      pricePerMfuel: 100n,
      price: 2_700n,
    })
  })

  it('declines a budget below its price', () => {
    const declined = { declined: 'PRICE_ABOVE_BUDGET' }
    assert.deepEqual(quote(policy, { ...auction, maxPrice: 1_999n }, 0), declined)
    assert.deepEqual(quote({ ...policy, minPrice: 3_001n }, auction, 0), declined)
  })

  it('never quotes a price above the budget, and always the price of its own rates', () => {
    fc.assert(
      fc.property(anyRates, anyFuel, anyAmount, fc.integer({ min: 0, max: 100 }), (...values) => {
        const [rates, maxFuel, maxPrice, load] = values
        const quoted = quote({ ...policy, ...rates }, { maxFuel, maxPrice }, load)
        if ('declined' in quoted) return
        assert.ok(quoted.price <= maxPrice)
        assert.equal(priceOf(quoted, maxFuel), quoted.price)
      }),
    )
  })
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { estimateCost } from '../../../protocols/market/index.ts'

const M = 1_000_000n
const fuel = { low: 1n * M, likely: 2n * M, high: 4n * M }

describe('the cost of a task', () => {
  it('goes from the cheapest seller and the least fuel to the dearest and the most', () => {
    const rates = [
      { basePrice: 10n, pricePerMfuel: 5n },
      { basePrice: 0n, pricePerMfuel: 8n },
      { basePrice: 100n, pricePerMfuel: 1n },
    ]
    assert.deepEqual(estimateCost(rates, fuel), { low: 8n, likely: 20n, high: 104n })
  })

  it('is unknown where no prices were heard', () => {
    assert.equal(estimateCost([], fuel), null)
  })

  it('is in order at any rates', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 20n })
    const rates = fc.array(fc.record({ basePrice: amount, pricePerMfuel: amount }), {
      minLength: 1,
    })
    fc.assert(
      fc.property(rates, (heard) => {
        const cost = estimateCost(heard, fuel)
        assert.ok(cost && cost.low <= cost.likely && cost.likely <= cost.high)
      }),
    )
  })
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { estimateFuel, fuelLimitOf, RECEIPTS_MAX } from '../../../protocols/execution/index.ts'

const LIMIT = 2_000_000_000n
const MAX = 100_000_000_000n
const usual = { usual: LIMIT, max: MAX }
const fuel = fc.bigInt({ min: 0n, max: MAX })

describe('the fuel of a task', () => {
  it('is what a dry run to its end used', () => {
    const dryRun = { fuelUsed: 12_345n, isOver: true }
    const estimate = estimateFuel({ past: [1n, 2n], dryRun, limit: LIMIT })
    assert.deepEqual(estimate, {
      from: 'dry-run',
      samples: 1,
      low: 12_345n,
      likely: 12_345n,
      high: 12_345n,
    })
  })

  it('is between the tenth and the ninetieth of a hundred receipts of the module', () => {
    const past = Array.from({ length: 20 }, (_, index) => BigInt(20 - index))
    const { from, samples, low, likely, high } = estimateFuel({ past, dryRun: null, limit: LIMIT })
    assert.deepEqual(
      { from, samples, low, likely, high },
      { from: 'receipts', samples: 20, low: 2n, likely: 10n, high: 18n },
    )
  })

  it('counts the newest receipts only', () => {
    const past = [...Array<bigint>(RECEIPTS_MAX).fill(5n), ...Array<bigint>(500).fill(9n)]
    const { samples, high } = estimateFuel({ past, dryRun: null, limit: LIMIT })
    assert.deepEqual({ samples, high }, { samples: RECEIPTS_MAX, high: 5n })
  })

  it('is at least what a dry run that was stopped had used', () => {
    const dryRun = { fuelUsed: 700n, isOver: false }
    const past = [100n, 900n, 1_000n]
    const { low, likely, high } = estimateFuel({ past, dryRun, limit: LIMIT })
    assert.deepEqual({ low, likely, high }, { low: 700n, likely: 900n, high: 1_000n })
  })

  it('is anything up to the limit where nothing is known', () => {
    const estimate = estimateFuel({ past: [], dryRun: null, limit: LIMIT })
    assert.deepEqual(estimate, { from: 'limit', samples: 0, low: 0n, likely: LIMIT, high: LIMIT })
    const dryRun = { fuelUsed: 5n, isOver: false }
    assert.equal(estimateFuel({ past: [], dryRun, limit: LIMIT }).low, 5n)
  })

  it('is in order, whatever was seen', () => {
    const dryRun = fc.option(fc.record({ fuelUsed: fuel, isOver: fc.boolean() }), { nil: null })
    fc.assert(
      fc.property(fc.array(fuel), dryRun, fuel, (past, ran, limit) => {
        const { low, likely, high } = estimateFuel({ past, dryRun: ran, limit })
        assert.ok(low <= likely && likely <= high)
      }),
    )
  })
})

describe('the fuel limit of an order that names none', () => {
  const known = (from: 'receipts' | 'dry-run', high: bigint) =>
    fuelLimitOf({ from, samples: 1, low: high, likely: high, high }, usual)

  it('is twice a dry run, but never next to nothing', () => {
    assert.equal(known('dry-run', 40_000_000n), 80_000_000n)
    assert.equal(known('dry-run', 3n), 1_000_000n)
  })

  it('is the usual one, raised where such runs have used more', () => {
    assert.equal(known('receipts', 40_000_000n), LIMIT)
    assert.equal(known('receipts', 3_000_000_000n), 6_000_000_000n)
    assert.equal(known('receipts', 90_000_000_000n), MAX)
  })

  it('is the usual one where nothing is known', () => {
    const estimate = estimateFuel({ past: [], dryRun: null, limit: LIMIT })
    assert.equal(fuelLimitOf(estimate, usual), LIMIT)
  })
})

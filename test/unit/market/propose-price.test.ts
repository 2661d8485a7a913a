import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { mixedSpeed, proposePrice } from '../../../protocols/market/index.ts'

const G = 1e9
const machine = {
  fuelPerSecond: [G, G],
  workers: 2,
  costPerHour: 720_000n,
  utilisationPercent: 50,
  marginPercent: 20,
}

describe('the price that a machine proposes', () => {
  it('spreads cost and margin over the fuel that is sold in an hour', () => {
    assert.deepEqual(proposePrice(machine), {
      speedMfuelPerSecond: 1_000,
      mfuelPerHour: 3_600_000n,
      exactMicroUnits: 240_000n,
      pricePerMfuel: 1n,
    })
    const dear = proposePrice({ ...machine, costPerHour: 720_000_000n })
    assert.equal(dear?.pricePerMfuel, 240n)
  })

  it('counts the slow kinds of work for the time they take', () => {
    assert.equal(Math.round(mixedSpeed([G, G])), G)
    assert.equal(Math.round(mixedSpeed([2 * G, 2 * G, G / 10])), Math.round((3 / 11) * G))
  })

  it('is nothing for a machine that does nothing or is never sold', () => {
    assert.equal(proposePrice({ ...machine, fuelPerSecond: [] }), null)
    assert.equal(proposePrice({ ...machine, fuelPerSecond: [0.2] }), null)
    assert.equal(proposePrice({ ...machine, workers: 0 }), null)
    assert.equal(proposePrice({ ...machine, utilisationPercent: 0 }), null)
  })

  it('always pays for the machine, and by less than one unit per Mfuel too much', () => {
    const whole = (max: number) => fc.integer({ min: 1, max })
    fc.assert(
      fc.property(
        fc.record({
          fuelPerSecond: fc.array(whole(1e11), { minLength: 1, maxLength: 8 }),
          workers: whole(256),
          costPerHour: fc.bigInt({ min: 0n, max: 10n ** 24n }),
          utilisationPercent: whole(100),
          marginPercent: fc.integer({ min: 0, max: 1_000 }),
        }),
        (any) => {
          const proposal = proposePrice(any)
          if (proposal === null) return
          const speed = BigInt(Math.round(mixedSpeed(any.fuelPerSecond)))
          const fuel =
            (speed * BigInt(any.workers) * 3_600n * BigInt(any.utilisationPercent)) / 100n
          const due = any.costPerHour * BigInt(100 + any.marginPercent)
          const income = (price: bigint) => (price * fuel * 100n) / 1_000_000n
          assert.ok(income(proposal.pricePerMfuel) >= due)
          if (proposal.pricePerMfuel > 1n) assert.ok(income(proposal.pricePerMfuel - 1n) <= due)
        },
      ),
    )
  })
})

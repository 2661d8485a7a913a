import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  type BatchScene,
  batchOf,
  type Claimable,
  settlementPath,
} from '../../../protocols/settlement/index.ts'

const NOW = 100_000
const limits = {
  count: 3,
  ageSeconds: 3_600,
  value: 1_000n,
  lowFeePercent: 80,
  marginSeconds: 600,
}
const scene = (over: Partial<BatchScene> = {}): BatchScene => ({
  now: NOW,
  fees: { base: 100n, usualBase: 100n },
  limits,
  ...over,
})
const claim = (over: Partial<Claimable> = {}): Claimable => ({
  value: 10n,
  since: NOW - 60,
  deadline: null,
  ...over,
})
const reasonOf = (claims: Claimable[], over: Partial<BatchScene> = {}) =>
  batchOf(claims, scene(over))?.reason ?? null

describe('claims that wait for company', () => {
  it('wait while none is pressing, and what is worth nothing does not count', () => {
    assert.equal(reasonOf([]), null)
    assert.equal(reasonOf([claim(), claim()]), null)
    assert.equal(reasonOf([claim(), claim(), claim({ value: 0n })]), null)
  })

  it('go at the number, the value or the age, each bound included', () => {
    assert.equal(reasonOf([claim(), claim(), claim()]), 'count')
    assert.equal(reasonOf([claim({ value: 999n })]), null)
    assert.equal(reasonOf([claim({ value: 1_000n })]), 'value')
    assert.equal(reasonOf([claim({ value: 500n }), claim({ value: 500n })]), 'value')
    assert.equal(reasonOf([claim({ since: NOW - 3_599 })]), null)
    assert.equal(reasonOf([claim({ since: NOW - 3_600 })]), 'age')
  })

  it('go while fees are low, but not one alone, and not while nobody knows the fees', () => {
    const low = { fees: { base: 80n, usualBase: 100n } }
    assert.equal(reasonOf([claim(), claim()], low), 'low-fees')
    assert.equal(reasonOf([claim()], low), null)
    assert.equal(reasonOf([claim(), claim()], { fees: { base: 81n, usualBase: 100n } }), null)
    assert.equal(reasonOf([claim(), claim()], { fees: null }), null)
  })

  it('go at once, whatever it costs, when a deadline is near', () => {
    const near = claim({ deadline: NOW + 600 })
    const batch = batchOf([claim(), near], scene({ fees: { base: 900n, usualBase: 100n } }))
    assert.equal(batch?.reason, 'deadline')
    assert.equal(batch?.urgency, 'urgent')
    assert.equal(batch?.deadline, NOW + 600)
    assert.deepEqual(batch?.claims[0], near)
    assert.equal(reasonOf([claim({ deadline: NOW + 601 })]), null)
  })

  it('are thrifty otherwise, with the nearest deadline to hold them to', () => {
    const batch = batchOf([claim(), claim(), claim({ deadline: NOW + 9_000 })], scene())
    assert.deepEqual([batch?.urgency, batch?.deadline], ['thrifty', NOW + 9_000])
  })

  it('never go in greater numbers than allowed, and those in need and of value go first', () => {
    const aClaim = fc.record({
      value: fc.bigInt(0n, 2_000n),
      since: fc.integer({ min: 0, max: NOW }),
      deadline: fc.option(fc.integer({ min: NOW - 10, max: NOW + 10_000 })),
    })
    fc.assert(
      fc.property(fc.array(aClaim, { maxLength: 12 }), (claims) => {
        const batch = batchOf(claims, scene())
        if (batch === null) return
        assert.ok(batch.claims.length > 0 && batch.claims.length <= limits.count)
        assert.ok(batch.claims.every(({ value }) => value > 0n))
        const left = claims.filter((one) => one.value > 0n && !batch.claims.includes(one))
        const soonest = (some: readonly Claimable[]) =>
          Math.min(...some.map(({ deadline }) => deadline ?? Number.MAX_SAFE_INTEGER))
        assert.ok(soonest(batch.claims) <= soonest(left))
      }),
    )
  })
})

describe('how an agreement is paid', () => {
  const threshold = 10_000_000n

  it('is an escrow from the threshold on, exactly ten included', () => {
    assert.equal(settlementPath({ maxPrice: 9_999_999n, threshold }), 'channel')
    assert.equal(settlementPath({ maxPrice: 10_000_000n, threshold }), 'escrow')
    assert.equal(settlementPath({ maxPrice: 10_000_001n, threshold }), 'escrow')
  })

  it('is an escrow below it where either side would risk more than it takes', () => {
    const figures = { maxPrice: 4_000_000n, threshold }
    const prepaid = { ...figures, prepaid: 1_000_000n }
    assert.equal(settlementPath({ ...prepaid, prepaidMax: 1_000_000n }), 'channel')
    assert.equal(settlementPath({ ...prepaid, prepaidMax: 999_999n }), 'escrow')
    assert.equal(settlementPath({ ...prepaid, maxCredit: 3_000_000n }), 'channel')
    assert.equal(settlementPath({ ...prepaid, maxCredit: 2_999_999n }), 'escrow')
    assert.equal(settlementPath({ ...figures, maxCredit: 3_999_999n }), 'escrow')
  })
})

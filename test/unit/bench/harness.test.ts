import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { describeMachine, percentile, resultsOf, tableOf } from '../../bench/harness.ts'

const figures = [
  { name: 'payments', unit: '/s', goal: { bound: 'at-least', limit: 100 } },
  { name: 'latency', unit: 'ms', goal: { bound: 'at-most', limit: 5 } },
  { name: 'size', unit: 'KiB', goal: null },
] as const

describe('the results of a benchmark', () => {
  it('meet a goal at its limit and miss it beyond', () => {
    const results = resultsOf(figures, {
      payments: { value: 100 },
      latency: { value: 5.1, baseline: 2 },
      size: { value: 9 },
    })
    assert.deepEqual(
      results.map(({ met }) => met),
      [true, false, true],
    )
    assert.equal(results[1]?.ratio, 2.55)
  })

  it('count a figure that was promised and not measured as missed', () => {
    const [payments] = resultsOf(figures, { latency: { value: 1 }, size: { value: 1 } })
    assert.equal(payments?.met, false)
  })

  it('refuse a measurement that nobody promised', () => {
    assert.throws(() => resultsOf(figures, { speed: { value: 1 } }), /speed/)
  })

  it('print as an aligned table that shows what was missed', () => {
    const table = tableOf({
      suite: 'sample',
      machine: describeMachine(),
      results: resultsOf(figures, { payments: { value: 3, baseline: 1 } }),
    })
    assert.match(table, /payments {2}3\.00 +\/s +1\.00 +3\.00 +>= 100 +NO/)
  })
})

describe('a percentile', () => {
  it('is the value that the share of the samples does not exceed', () => {
    assert.equal(percentile([5, 1, 4, 2, 3], 0.5), 3)
    assert.equal(percentile([5, 1, 4, 2, 3], 1), 5)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  bumpAfterSeconds,
  type CallTiming,
  type InLane,
  nextInLane,
  offerFor,
  type Submission,
  type Urgency,
  urgencyAt,
  urgencyInLane,
} from '../../../protocols/settlement/index.ts'

const timing = (over: Partial<CallTiming> = {}): CallTiming => ({
  urgency: 'normal',
  deadline: null,
  createdAt: 1_000,
  ...over,
})

describe('the urgency of a call', () => {
  it('stays what it is without a deadline', () => {
    for (const urgency of ['thrifty', 'normal', 'urgent'] as const) {
      assert.equal(urgencyAt(timing({ urgency }), 999_999), urgency)
    }
  })

  it('grows with its deadline: thrift ends at half time, everything is urgent in the last quarter', () => {
    const at = (urgency: Urgency, now: number) =>
      urgencyAt(timing({ urgency, deadline: 5_000 }), now)
    assert.deepEqual(
      [2_999, 3_000, 3_999, 4_000, 9_000].map((now) => at('thrifty', now)),
      ['thrifty', 'normal', 'normal', 'urgent', 'urgent'],
    )
    assert.deepEqual(
      [2_999, 3_000, 4_000].map((now) => at('normal', now)),
      ['normal', 'urgent', 'urgent'],
    )
    assert.equal(at('urgent', 1_000), 'urgent')
  })

  it('is highest from the start where there is hardly any time', () => {
    assert.equal(urgencyAt(timing({ urgency: 'thrifty', deadline: 1_100 }), 1_000), 'urgent')
  })
})

describe('an offer for gas', () => {
  const caps = { cap: 100n, urgentCap: 500n }
  const sight = { base: 50n, tip: 5n, usualBase: 40n }
  const offer = (urgency: Urgency, bumps = 0) => offerFor(urgency, caps, { sight, bumps })

  it('is capped by what is usual, by the cap, or by the urgent cap', () => {
    assert.deepEqual(offer('thrifty'), { cap: 49n, tipPercent: 100 })
    assert.deepEqual(offer('normal'), { cap: 100n, tipPercent: 100 })
    assert.deepEqual(offer('urgent'), { cap: 500n, tipPercent: 200 })
  })

  it('never exceeds the cap by thrift, nor falls below it by urgency', () => {
    const dear = { base: 900n, tip: 5n, usualBase: 900n }
    assert.equal(offerFor('thrifty', caps, { sight: dear, bumps: 0 }).cap, 100n)
    assert.equal(offerFor('urgent', { cap: 9n, urgentCap: 3n }, { sight, bumps: 0 }).cap, 9n)
  })

  it('tips more with each offer that was not taken, within bounds', () => {
    assert.equal(offer('normal', 2).tipPercent, 150)
    assert.equal(offer('urgent', 3).tipPercent, 500)
    assert.equal(offer('urgent', 99).tipPercent, 1_000)
    assert.equal(offer('normal', 99).tipPercent, 1_000)
  })

  it('stands the shorter the more urgent it is', () => {
    assert.ok(bumpAfterSeconds('urgent') < bumpAfterSeconds('normal'))
    assert.ok(bumpAfterSeconds('normal') < bumpAfterSeconds('thrifty'))
  })
})

describe('the lane', () => {
  const intended: Submission = { phase: 'intended', note: '' }
  const sent = (nonce: number, phase: 'sent' | 'mined' = 'sent'): Submission => ({
    phase,
    versions: [{ hash: '0x1', raw: '0x2', nonce }],
    since: 0,
    pricedAt: 0,
    nonceTaken: { blocks: 0, last: 0 },
    note: '',
  })
  const call = (
    order: number,
    submission: Submission = intended,
    over: Partial<CallTiming> = {},
  ): InLane => ({
    order,
    submission,
    timing: timing(over),
  })
  const orderOf = (calls: InLane[]) => nextInLane(calls, 1_000)?.order

  it('is empty without calls, and behind those that are mined', () => {
    assert.equal(nextInLane([], 1_000), null)
    assert.equal(nextInLane([call(1, sent(4, 'mined'))], 1_000), null)
  })

  it('lets what holds a nonce go first, the lowest before all', () => {
    const urgent = call(1, intended, { urgency: 'urgent' })
    assert.equal(orderOf([urgent, call(2, sent(5)), call(3, sent(4))]), 3)
  })

  it('lets the more urgent go before the older', () => {
    assert.equal(orderOf([call(1), call(2, intended, { urgency: 'urgent' })]), 2)
    assert.equal(orderOf([call(1, intended, { urgency: 'thrifty' }), call(2)]), 2)
    assert.equal(orderOf([call(2), call(1)]), 1)
  })

  it('lets the nearer deadline go first among equals', () => {
    const [soon, late] = [{ deadline: 90_000 }, { deadline: 99_000 }]
    assert.equal(orderOf([call(1, intended, late), call(2, intended, soon), call(3)]), 2)
  })

  it('is as urgent as the most urgent call that is not mined', () => {
    const urgent = { urgency: 'urgent' } as const
    const calls = [call(1, sent(4)), call(2, intended, urgent)]
    assert.equal(urgencyInLane(calls, 1_000), 'urgent')
    assert.equal(urgencyInLane([call(1), call(2, sent(3, 'mined'), urgent)], 1_000), 'normal')
    assert.equal(urgencyInLane([], 1_000), 'thrifty')
  })
})

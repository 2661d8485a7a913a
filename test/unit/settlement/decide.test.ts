import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  decide,
  firstStep,
  type InFlight,
  isFinished,
  type Observation,
  type Submission,
} from '../../../protocols/settlement/index.ts'

const limits = { stuckAfterSeconds: 300, nonceBlocks: 3 }
const transaction = { hash: '0x11', raw: '0x22', nonce: 7 } as const

const anInFlight = (over: Partial<InFlight> = {}): InFlight => ({
  phase: 'sent',
  transaction,
  since: 1000,
  nonceTaken: { blocks: 0, last: 0 },
  note: '',
  ...over,
})

const seeing = (submission: Submission, ...seen: Observation[]) => {
  let decision = { submission, step: firstStep(submission) }
  for (const one of seen) decision = decide(decision.submission, one, limits)
  return decision
}

describe('a call that is only intended', () => {
  it('is prepared first', () => {
    assert.equal(firstStep({ phase: 'intended' }), 'prepare')
  })
  it('is broadcast once its hash is known', () => {
    const { submission, step } = seeing(
      { phase: 'intended' },
      { type: 'prepared', transaction, now: 5 },
    )
    assert.equal(submission.phase, 'signed')
    assert.equal(step, 'broadcast')
  })
  it('ends as reverted without a hash when its simulation fails', () => {
    const { submission, step } = seeing(
      { phase: 'intended' },
      { type: 'would-revert', reason: 'No()' },
    )
    assert.deepEqual(submission, { phase: 'reverted', hash: null, reason: 'No()' })
    assert.equal(step, 'finish')
  })
  it('is prepared again after anything else', () => {
    assert.equal(seeing({ phase: 'intended' }, { type: 'sent' }).step, 'prepare')
  })
})

describe('a signed transaction after a restart', () => {
  const signed = anInFlight({ phase: 'signed' })

  it('is looked for before anything is sent', () => {
    assert.equal(firstStep(signed), 'look')
  })
  it('is broadcast when the chain does not know it', () => {
    const { submission, step } = seeing(signed, { type: 'unknown', now: 1001 })
    assert.equal(submission.phase, 'signed')
    assert.equal(step, 'broadcast')
  })
  it('ends as done when it was mined meanwhile', () => {
    const { submission } = seeing(signed, { type: 'done', block: 3, gasUsed: 9n })
    assert.deepEqual(submission, { phase: 'done', hash: '0x11', block: 3, gasUsed: 9n })
  })
})

describe('a transaction on its way', () => {
  it('is looked at again while it is pending', () => {
    const { submission, step } = seeing(anInFlight(), { type: 'pending', now: 1001 })
    assert.equal(submission.phase, 'sent')
    assert.equal(step, 'look-later')
  })
  it('is unknown, and sent again with the same bytes, once the chain has lost it', () => {
    const { submission, step } = seeing(anInFlight(), { type: 'unknown', now: 1001 })
    assert.equal(submission.phase, 'unknown')
    assert.equal(step, 'broadcast')
  })
  it('is shown as stuck after the limit, pending or unknown, and still followed', () => {
    for (const type of ['pending', 'unknown'] as const) {
      const { submission, step } = seeing(anInFlight(), { type, now: 1300 })
      assert.equal(submission.phase, 'stuck')
      assert.notEqual(step, 'finish')
    }
  })
  it('stays stuck while it is sent again or refused, and ends when it is mined', () => {
    const stuck = anInFlight({ phase: 'stuck' })
    assert.equal(seeing(stuck, { type: 'sent' }).submission.phase, 'stuck')
    assert.equal(seeing(stuck, { type: 'send-refused', reason: 'no' }).submission.phase, 'stuck')
    assert.equal(seeing(stuck, { type: 'done', block: 1, gasUsed: 1n }).submission.phase, 'done')
  })
  it('keeps the reason when the chain would not take it', () => {
    const { submission } = seeing(anInFlight(), { type: 'send-refused', reason: 'too cheap' })
    assert.equal((submission as InFlight).note, 'too cheap')
    assert.equal(submission.phase, 'unknown')
  })
  it('ends with the reason when it was reverted', () => {
    const { submission, step } = seeing(anInFlight(), { type: 'reverted', reason: 'No()' })
    assert.deepEqual(submission, { phase: 'reverted', hash: '0x11', reason: 'No()' })
    assert.equal(step, 'finish')
  })
  it('ignores news that belongs to an intent', () => {
    assert.equal(seeing(anInFlight(), { type: 'would-revert', reason: 'x' }).step, 'look')
  })
})

describe('a transaction whose nonce another one used', () => {
  const taken = (block: number): Observation => ({ type: 'nonce-taken', block })

  it('is prepared afresh only after that was seen at three blocks', () => {
    assert.equal(seeing(anInFlight(), taken(10)).step, 'look-later')
    assert.equal(seeing(anInFlight(), taken(10), taken(11)).step, 'look-later')
    const { submission, step } = seeing(anInFlight(), taken(10), taken(11), taken(12))
    assert.deepEqual(submission, { phase: 'intended' })
    assert.equal(step, 'prepare')
  })
  it('does not count the same block twice', () => {
    const { submission } = seeing(anInFlight(), taken(10), taken(10), taken(10))
    assert.deepEqual((submission as InFlight).nonceTaken, { blocks: 1, last: 10 })
  })
  it('starts to count anew when the transaction is seen after all', () => {
    const seen = seeing(
      anInFlight(),
      taken(10),
      taken(11),
      { type: 'pending', now: 1001 },
      taken(12),
    )
    assert.equal(seen.step, 'look-later')
  })
})

const anObservation: fc.Arbitrary<Observation> = fc.oneof(
  fc.constant<Observation>({ type: 'prepared', transaction, now: 1000 }),
  fc.constant<Observation>({ type: 'sent' }),
  fc.constant<Observation>({ type: 'would-revert', reason: 'No()' }),
  fc.constant<Observation>({ type: 'send-refused', reason: 'no' }),
  fc.nat(50).map((block): Observation => ({ type: 'nonce-taken', block })),
  fc.nat(2000).map((now): Observation => ({ type: 'pending', now })),
  fc.nat(2000).map((now): Observation => ({ type: 'unknown', now })),
  fc.constant<Observation>({ type: 'reverted', reason: 'No()' }),
  fc.constant<Observation>({ type: 'done', block: 9, gasUsed: 1n }),
)

describe('any history of a submission', () => {
  it('never leaves its end, and signs again only from an intent', () => {
    fc.assert(
      fc.property(fc.array(anObservation, { maxLength: 40 }), (history) => {
        let submission: Submission = { phase: 'intended' }
        for (const seen of history) {
          const { submission: next, step } = decide(submission, seen, limits)
          if (isFinished(submission)) assert.equal(next, submission)
          if (step === 'prepare') assert.equal(next.phase, 'intended')
          assert.equal(step === 'finish', isFinished(next))
          submission = next
        }
      }),
    )
  })
  it('finishes as done only with the hash that was signed', () => {
    const done = seeing(anInFlight(), { type: 'done', block: 1, gasUsed: 1n }).submission
    assert.equal('hash' in done && done.hash, transaction.hash)
    assert.deepEqual(seeing(done, { type: 'unknown', now: 9999 }).submission, done)
  })
})

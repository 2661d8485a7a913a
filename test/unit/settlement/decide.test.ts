import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  decide,
  type Finished,
  firstStep,
  type InFlight,
  isFinal,
  isFinished,
  type Observation,
  type Submission,
  versionsOf,
} from '../../../protocols/settlement/index.ts'

const limits = {
  stuckAfterSeconds: 300,
  bumpAfterSeconds: 100,
  maxVersions: 3,
  nonceBlocks: 3,
  finalDepth: 10,
}
const transaction = { hash: '0x11', raw: '0x22', nonce: 7 } as const
const dearer = { hash: '0x12', raw: '0x23', nonce: 7 } as const
const intended: Submission = { phase: 'intended', note: '' }

const anInFlight = (over: Partial<InFlight> = {}): InFlight => ({
  phase: 'sent',
  versions: [transaction],
  since: 1000,
  pricedAt: 1000,
  nonceTaken: { blocks: 0, last: 0 },
  note: '',
  ...over,
})

const aDone = (over: Partial<Extract<Finished, { phase: 'done' }>> = {}): Submission => ({
  phase: 'done',
  hash: '0x11',
  block: 5,
  gasUsed: 1n,
  versions: [transaction],
  ...over,
})

const doneAt = (block: number, head = block): Observation => ({
  type: 'done',
  hash: '0x11',
  block,
  gasUsed: 1n,
  head,
})
const pending = (now: number, minedAt: number | null = null): Observation => ({
  type: 'pending',
  minedAt,
  now,
})

const seeing = (submission: Submission, ...seen: Observation[]) => {
  let decision = { submission, step: firstStep(submission) }
  for (const one of seen) decision = decide(decision.submission, one, limits)
  return decision
}

describe('a call that is only intended', () => {
  it('is prepared first', () => {
    assert.equal(firstStep(intended), 'prepare')
  })
  it('is broadcast once its hash is known', () => {
    const { submission, step } = seeing(intended, { type: 'prepared', transaction, now: 5 })
    assert.equal(submission.phase, 'signed')
    assert.deepEqual(versionsOf(submission), [transaction])
    assert.equal(step, 'broadcast')
  })
  it('ends as reverted without a hash when its simulation fails', () => {
    const { submission, step } = seeing(intended, { type: 'would-revert', reason: 'No()' })
    assert.deepEqual(submission, { phase: 'reverted', hash: null, reason: 'No()' })
    assert.equal(step, 'finish')
  })
  it('waits, and says why, while gas costs more than it may', () => {
    const { submission, step } = seeing(intended, { type: 'too-dear', reason: 'dear', now: 5 })
    assert.deepEqual(submission, { phase: 'intended', note: 'dear' })
    assert.equal(step, 'prepare-later')
  })
  it('is prepared again after anything else', () => {
    assert.equal(seeing(intended, { type: 'sent' }).step, 'prepare')
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
    assert.deepEqual(seeing(signed, doneAt(5)).submission, aDone())
  })
})

describe('a transaction on its way', () => {
  it('is looked at again while it is pending', () => {
    const { submission, step } = seeing(anInFlight(), pending(1001))
    assert.equal(submission.phase, 'sent')
    assert.equal(step, 'look-later')
  })
  it('is mined once a block holds it, and no longer stuck', () => {
    const { submission } = seeing(anInFlight({ phase: 'stuck' }), pending(1400, 9))
    assert.equal(submission.phase, 'mined')
  })
  it('is waiting again when a reorganisation took that block away', () => {
    assert.equal(seeing(anInFlight(), pending(1001, 9), pending(1002)).submission.phase, 'sent')
  })
  it('is unknown, and sent again with the same bytes, once the chain has lost it', () => {
    const { submission, step } = seeing(anInFlight(), { type: 'unknown', now: 1001 })
    assert.equal(submission.phase, 'unknown')
    assert.equal(step, 'broadcast')
  })
  it('is shown as stuck after the limit, pending or unknown, and still followed', () => {
    for (const seen of [pending(1300), { type: 'unknown', now: 1300 } as const]) {
      const { submission, step } = seeing(anInFlight(), seen)
      assert.equal(submission.phase, 'stuck')
      assert.notEqual(step, 'finish')
    }
  })
  it('stays stuck while it is sent again, refused or priced anew, and ends when it is mined', () => {
    const stuck = anInFlight({ phase: 'stuck' })
    const repriced = { type: 'repriced', transaction: dearer, now: 1400 } as const
    assert.equal(seeing(stuck, { type: 'sent' }).submission.phase, 'stuck')
    assert.equal(seeing(stuck, { type: 'send-refused', reason: 'no' }).submission.phase, 'stuck')
    assert.equal(seeing(stuck, repriced).submission.phase, 'stuck')
    assert.equal(seeing(stuck, doneAt(1)).submission.phase, 'done')
  })
  it('keeps the reason when the chain would not take it', () => {
    const { submission } = seeing(anInFlight(), { type: 'send-refused', reason: 'too cheap' })
    assert.equal((submission as InFlight).note, 'too cheap')
    assert.equal(submission.phase, 'unknown')
  })
  it('ends with the reason when it was reverted', () => {
    const seen: Observation = { type: 'reverted', hash: '0x11', reason: 'No()' }
    const { submission, step } = seeing(anInFlight(), seen)
    assert.deepEqual(submission, { phase: 'reverted', hash: '0x11', reason: 'No()' })
    assert.equal(step, 'finish')
  })
  it('ignores news that belongs to an intent', () => {
    assert.equal(seeing(anInFlight(), { type: 'would-revert', reason: 'x' }).step, 'look')
  })
})

describe('a transaction that its price does not carry', () => {
  it('is priced anew after a while, seen or not, and the new one goes out', () => {
    assert.equal(seeing(anInFlight(), pending(1099)).step, 'look-later')
    assert.equal(seeing(anInFlight(), pending(1100)).step, 'reprice')
    assert.equal(seeing(anInFlight(), { type: 'unknown', now: 1100 }).step, 'reprice')
    const repriced = { type: 'repriced', transaction: dearer, now: 1100 } as const
    const { submission, step } = seeing(anInFlight(), pending(1100), repriced)
    assert.deepEqual(versionsOf(submission), [transaction, dearer])
    assert.equal(step, 'broadcast')
    assert.equal(decide(submission, pending(1199), limits).step, 'look-later')
    assert.equal(decide(submission, pending(1200), limits).step, 'reprice')
  })
  it('keeps its price, and waits as long again, while a higher one is too dear', () => {
    const { submission, step } = seeing(anInFlight(), pending(1100), {
      type: 'too-dear',
      reason: 'dear',
      now: 1100,
    })
    assert.equal(step, 'look-later')
    assert.equal((submission as InFlight).note, 'dear')
    assert.equal(decide(submission, pending(1150), limits).step, 'look-later')
  })
  it('is not priced anew for ever', () => {
    const many = anInFlight({ versions: [transaction, dearer, dearer] })
    assert.equal(seeing(many, pending(5000)).step, 'look-later')
  })
  it('ends with the version that was carried out', () => {
    const both = anInFlight({ versions: [transaction, dearer] })
    const { submission } = seeing(both, doneAt(5))
    assert.equal('hash' in submission && submission.hash, '0x11')
  })
})

describe('a done transaction', () => {
  it('is final once enough blocks lie on top', () => {
    assert.equal(isFinal(seeing(aDone(), doneAt(5, 14)).submission), false)
    const { submission } = seeing(aDone(), doneAt(5, 15))
    assert.ok(isFinal(submission))
    assert.deepEqual(seeing(submission, { type: 'unknown', now: 1 }).submission, submission)
  })
  it('is the same while nothing changes', () => {
    const done = aDone()
    assert.equal(seeing(done, doneAt(5, 9)).submission, done)
    assert.equal(seeing(done, { type: 'sent' }).submission, done)
  })
  it('moves with its block', () => {
    const { submission } = seeing(aDone(), doneAt(6, 9))
    assert.deepEqual(submission, aDone({ block: 6 }))
  })
  it('is sent again when a reorganisation took it back', () => {
    const { submission, step } = seeing(aDone(), { type: 'unknown', now: 2000 })
    assert.equal(submission.phase, 'unknown')
    assert.deepEqual(versionsOf(submission), [transaction])
    assert.equal(step, 'broadcast')
  })
  it('is followed when it waits again, mined or not', () => {
    assert.equal(seeing(aDone(), pending(2000)).submission.phase, 'sent')
    assert.equal(seeing(aDone(), pending(2000, 6)).submission.phase, 'mined')
  })
  it('is reverted when it failed the second time', () => {
    const seen: Observation = { type: 'reverted', hash: '0x11', reason: 'No()' }
    assert.equal(seeing(aDone(), seen).submission.phase, 'reverted')
  })
})

describe('a transaction whose nonce another one used', () => {
  const taken = (block: number): Observation => ({ type: 'nonce-taken', block })

  it('is prepared afresh only after that was seen at three blocks', () => {
    assert.equal(seeing(anInFlight(), taken(10)).step, 'look-later')
    assert.equal(seeing(anInFlight(), taken(10), taken(11)).step, 'look-later')
    const { submission, step } = seeing(anInFlight(), taken(10), taken(11), taken(12))
    assert.deepEqual(submission, intended)
    assert.equal(step, 'prepare')
  })
  it('does not count the same block twice', () => {
    const { submission } = seeing(anInFlight(), taken(10), taken(10), taken(10))
    assert.deepEqual((submission as InFlight).nonceTaken, { blocks: 1, last: 10 })
  })
  it('starts to count anew when the transaction is seen after all', () => {
    assert.equal(
      seeing(anInFlight(), taken(10), taken(11), pending(1001), taken(12)).step,
      'look-later',
    )
  })
})

const anObservation: fc.Arbitrary<Observation> = fc.oneof(
  fc.constant<Observation>({ type: 'prepared', transaction, now: 1000 }),
  fc.constant<Observation>({ type: 'repriced', transaction: dearer, now: 1000 }),
  fc.constant<Observation>({ type: 'too-dear', reason: 'dear', now: 1000 }),
  fc.constant<Observation>({ type: 'sent' }),
  fc.constant<Observation>({ type: 'would-revert', reason: 'No()' }),
  fc.constant<Observation>({ type: 'send-refused', reason: 'no' }),
  fc.nat(50).map((block): Observation => ({ type: 'nonce-taken', block })),
  fc.tuple(fc.nat(2000), fc.option(fc.nat(9))).map(([now, minedAt]) => pending(now, minedAt)),
  fc.nat(2000).map((now): Observation => ({ type: 'unknown', now })),
  fc.constant<Observation>({ type: 'reverted', hash: '0x11', reason: 'No()' }),
  fc.tuple(fc.nat(20), fc.nat(20)).map(([block, more]) => doneAt(block, block + more)),
)

const checkStep = (before: Submission, seen: Observation): Submission => {
  const { submission: after, step } = decide(before, seen, limits)
  const [known, now] = [versionsOf(before), versionsOf(after)]
  if (isFinal(before)) assert.equal(after, before)
  if (step === 'prepare') assert.equal(after.phase, 'intended')
  assert.equal(step === 'finish', isFinished(after))
  if (after.phase !== 'intended' && !isFinal(after)) assert.ok(now.length >= known.length)
  assert.ok(new Set(now.map(({ nonce }) => nonce)).size <= 1)
  return after
}

describe('any history of a submission', () => {
  it('never leaves its final end, signs again only from an intent, and forgets no version', () => {
    fc.assert(
      fc.property(fc.array(anObservation, { maxLength: 60 }), (history) => {
        history.reduce<Submission>(checkStep, { phase: 'intended', note: '' })
      }),
    )
  })
})

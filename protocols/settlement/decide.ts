import type { UnixSeconds } from '../common/index.ts'
import {
  type Finished,
  type InFlight,
  type Intended,
  isFinished,
  type Observation,
  type SignedTransaction,
  type Step,
  type Submission,
  type Versions,
} from './submission.ts'

/** Times in seconds, the rest in numbers of blocks or transactions. */
export type SubmissionLimits = {
  stuckAfterSeconds: number
  /** How long a price is given before a higher one is offered. */
  bumpAfterSeconds: number
  maxVersions: number
  /** At how many different blocks a foreign nonce must be seen before the call is prepared afresh. */
  nonceBlocks: number
  /** Blocks on top after which a done transaction is no longer looked at. */
  finalDepth: number
}

type Decision = { submission: Submission; step: Step }

const startOf = (versions: Versions, now: UnixSeconds): InFlight => ({
  phase: 'signed',
  versions,
  since: now,
  pricedAt: now,
  nonceTaken: { blocks: 0, last: 0 },
  note: '',
})

const decideIntended = (submission: Intended, seen: Observation): Decision => {
  switch (seen.type) {
    case 'prepared':
      return { submission: startOf([seen.transaction], seen.now), step: 'broadcast' }
    case 'would-revert':
      return { submission: { phase: 'reverted', hash: null, reason: seen.reason }, step: 'finish' }
    case 'too-dear':
      return { submission: { phase: 'intended', note: seen.reason }, step: 'prepare-later' }
    default:
      return { submission, step: 'prepare' }
  }
}

const isOverdue = (submission: InFlight, now: UnixSeconds, limits: SubmissionLimits): boolean =>
  now - submission.since >= limits.stuckAfterSeconds

const isBumpDue = (submission: InFlight, now: UnixSeconds, limits: SubmissionLimits): boolean =>
  now - submission.pricedAt >= limits.bumpAfterSeconds &&
  submission.versions.length < limits.maxVersions

// One server may lag behind another and call our own mined nonce foreign. To prepare afresh then would pay twice, so the claim must
// hold over several blocks while nobody knows any of our transactions.
const decideNonceTaken = (
  submission: InFlight,
  block: number,
  limits: SubmissionLimits,
): Decision => {
  const { blocks, last } = submission.nonceTaken
  if (block <= last) return { submission, step: 'look-later' }
  if (blocks + 1 >= limits.nonceBlocks) {
    return { submission: { phase: 'intended', note: '' }, step: 'prepare' }
  }
  const nonceTaken = { blocks: blocks + 1, last: block }
  const note = 'another transaction used the nonce'
  return { submission: { ...submission, nonceTaken, note }, step: 'look-later' }
}

type Pending = Extract<Observation, { type: 'pending' }>

const decidePending = (
  submission: InFlight,
  { minedAt, now }: Pending,
  limits: SubmissionLimits,
): Decision => {
  const known = { ...submission, nonceTaken: { blocks: 0, last: 0 } }
  if (minedAt !== null) {
    return { submission: { ...known, phase: 'mined', note: '' }, step: 'look-later' }
  }
  const phase = isOverdue(submission, now, limits) ? 'stuck' : 'sent'
  const step = isBumpDue(submission, now, limits) ? 'reprice' : 'look-later'
  return { submission: { ...known, phase }, step }
}

const decideUnknown = (
  submission: InFlight,
  now: UnixSeconds,
  limits: SubmissionLimits,
): Decision => {
  // A transaction that was signed but never sent is not missing yet.
  const missing = submission.phase === 'signed' ? 'signed' : 'unknown'
  const phase = isOverdue(submission, now, limits) ? 'stuck' : missing
  const step = isBumpDue(submission, now, limits) ? 'reprice' : 'broadcast'
  return { submission: { ...submission, phase }, step }
}

const withVersion = (
  submission: InFlight,
  added: SignedTransaction,
  now: UnixSeconds,
): InFlight => {
  const [first, ...more] = submission.versions
  return {
    ...submission,
    phase: submission.phase === 'stuck' ? 'stuck' : 'signed',
    versions: [first, ...more, added],
    pricedAt: now,
    note: '',
  }
}

const decideInFlight = (
  submission: InFlight,
  seen: Observation,
  limits: SubmissionLimits,
): Decision => {
  switch (seen.type) {
    case 'done': {
      const { hash, block, gasUsed } = seen
      const { versions } = submission
      return { submission: { phase: 'done', hash, block, gasUsed, versions }, step: 'finish' }
    }
    case 'reverted': {
      const { hash, reason } = seen
      return { submission: { phase: 'reverted', hash, reason }, step: 'finish' }
    }
    case 'sent': {
      const phase = submission.phase === 'stuck' ? 'stuck' : 'sent'
      return { submission: { ...submission, phase, note: '' }, step: 'look-later' }
    }
    case 'pending':
      return decidePending(submission, seen, limits)
    case 'unknown':
      return decideUnknown(submission, seen.now, limits)
    case 'send-refused': {
      const phase = submission.phase === 'stuck' ? 'stuck' : 'unknown'
      return { submission: { ...submission, phase, note: seen.reason }, step: 'look-later' }
    }
    case 'nonce-taken':
      return decideNonceTaken(submission, seen.block, limits)
    case 'repriced':
      return { submission: withVersion(submission, seen.transaction, seen.now), step: 'broadcast' }
    case 'too-dear': {
      const { reason: note, now: pricedAt } = seen
      return { submission: { ...submission, note, pricedAt }, step: 'look-later' }
    }
    case 'prepared':
    case 'would-revert':
      return { submission, step: 'look' }
  }
}

// What was done is looked at until it lies too deep to be taken back. A reorganisation puts it in flight again: the same bytes are sent.
const decideFinished = (
  submission: Finished,
  seen: Observation,
  limits: SubmissionLimits,
): Decision => {
  const rest: Decision = { submission, step: 'finish' }
  if (submission.phase === 'reverted') return rest
  const [first, ...more] = submission.versions
  if (first === undefined) return rest
  switch (seen.type) {
    case 'done': {
      const { hash, block, gasUsed, head } = seen
      const isDeep = head - block >= limits.finalDepth
      const isSame = block === submission.block && hash === submission.hash
      if (isSame && !isDeep) return rest
      const versions = isDeep ? [] : submission.versions
      return { submission: { phase: 'done', hash, block, gasUsed, versions }, step: 'finish' }
    }
    case 'reverted': {
      const { hash, reason } = seen
      return { submission: { phase: 'reverted', hash, reason }, step: 'finish' }
    }
    case 'unknown': {
      const lost: InFlight = { ...startOf([first, ...more], seen.now), phase: 'unknown' }
      return { submission: lost, step: 'broadcast' }
    }
    case 'pending': {
      const phase = seen.minedAt === null ? 'sent' : 'mined'
      return {
        submission: { ...startOf([first, ...more], seen.now), phase },
        step: 'look-later',
      }
    }
    default:
      return rest
  }
}

/** The next state of a submission and the next thing to do. A state that changed must be durable before the step is taken. */
export const decide = (
  submission: Submission,
  seen: Observation,
  limits: SubmissionLimits,
): Decision => {
  if (isFinished(submission)) return decideFinished(submission, seen, limits)
  if (submission.phase === 'intended') return decideIntended(submission, seen)
  return decideInFlight(submission, seen, limits)
}

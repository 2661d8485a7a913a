import type { Hash, Hex, UnixSeconds } from '../common/index.ts'

/** A transaction whose hash is known although it may not have left yet. */
export type SignedTransaction = { hash: Hash; raw: Hex; nonce: number }

/**
 * A transaction that may or may not have left. `signed`: not known to have been sent. `sent`: the chain shows it, but not final.
 * `unknown`: neither the chain nor its waiting list shows it. `stuck`: the same for too long, and somebody should look.
 */
export type InFlight = {
  phase: 'signed' | 'sent' | 'unknown' | 'stuck'
  transaction: SignedTransaction
  since: UnixSeconds
  /** Blocks at which the nonce was seen used by another transaction, and the newest of them. */
  nonceTaken: { blocks: number; last: number }
  /** Why the chain would not take it, in its own words. */
  note: string
}

export type Finished =
  | { phase: 'done'; hash: Hash; block: number; gasUsed: bigint }
  /** `hash` is null when the simulation already failed: nothing was ever sent. */
  | { phase: 'reverted'; hash: Hash | null; reason: string }

/** Where a call stands on its way to the chain. */
export type Submission = { phase: 'intended' } | InFlight | Finished

/** What was found out. */
export type Observation =
  | { type: 'prepared'; transaction: SignedTransaction; now: UnixSeconds }
  | { type: 'would-revert'; reason: string }
  | { type: 'sent' }
  | { type: 'send-refused'; reason: string }
  | { type: 'nonce-taken'; block: number }
  | { type: 'pending'; now: UnixSeconds }
  | { type: 'unknown'; now: UnixSeconds }
  | { type: 'done'; block: number; gasUsed: bigint }
  | { type: 'reverted'; reason: string }

/** What to do next. `look-later` waits one poll first. */
export type Step = 'prepare' | 'broadcast' | 'look' | 'look-later' | 'finish'

/** `nonceBlocks`: at how many different blocks a foreign nonce must be seen before the call is prepared afresh. */
export type SubmissionLimits = { stuckAfterSeconds: number; nonceBlocks: number }

type Decision = { submission: Submission; step: Step }

export const isFinished = (submission: Submission): submission is Finished =>
  submission.phase === 'done' || submission.phase === 'reverted'

/** Where work resumes, after a restart too: with a hash the chain is asked before anything is sent. */
export const firstStep = (submission: Submission): Step => {
  if (isFinished(submission)) return 'finish'
  return submission.phase === 'intended' ? 'prepare' : 'look'
}

const decideIntended = (submission: Submission, seen: Observation): Decision => {
  if (seen.type === 'prepared') {
    const { transaction, now } = seen
    const nonceTaken = { blocks: 0, last: 0 }
    const signed: InFlight = { phase: 'signed', transaction, since: now, nonceTaken, note: '' }
    return { submission: signed, step: 'broadcast' }
  }
  if (seen.type === 'would-revert') {
    return { submission: { phase: 'reverted', hash: null, reason: seen.reason }, step: 'finish' }
  }
  return { submission, step: 'prepare' }
}

const isOverdue = (submission: InFlight, now: UnixSeconds, limits: SubmissionLimits): boolean =>
  now - submission.since >= limits.stuckAfterSeconds

// One server may lag behind another and call our own mined nonce foreign. To prepare afresh then would pay twice, so the claim must
// hold over several blocks while nobody knows our transaction.
const decideNonceTaken = (
  submission: InFlight,
  block: number,
  limits: SubmissionLimits,
): Decision => {
  const { blocks, last } = submission.nonceTaken
  if (block <= last) return { submission, step: 'look-later' }
  if (blocks + 1 >= limits.nonceBlocks) {
    return { submission: { phase: 'intended' }, step: 'prepare' }
  }
  const nonceTaken = { blocks: blocks + 1, last: block }
  return {
    submission: { ...submission, nonceTaken, note: 'another transaction used the nonce' },
    step: 'look-later',
  }
}

const decideInFlight = (
  submission: InFlight,
  seen: Observation,
  limits: SubmissionLimits,
): Decision => {
  const { hash } = submission.transaction
  const forgetNonce = { blocks: 0, last: 0 }
  switch (seen.type) {
    case 'done': {
      const { block, gasUsed } = seen
      return { submission: { phase: 'done', hash, block, gasUsed }, step: 'finish' }
    }
    case 'reverted':
      return { submission: { phase: 'reverted', hash, reason: seen.reason }, step: 'finish' }
    case 'sent': {
      const phase = submission.phase === 'stuck' ? 'stuck' : 'sent'
      return { submission: { ...submission, phase, note: '' }, step: 'look-later' }
    }
    case 'pending': {
      const phase = isOverdue(submission, seen.now, limits) ? 'stuck' : 'sent'
      const nonceTaken = forgetNonce
      return { submission: { ...submission, phase, nonceTaken, note: '' }, step: 'look-later' }
    }
    case 'unknown': {
      // A transaction that was signed but never sent is not missing yet.
      const missing = submission.phase === 'signed' ? 'signed' : 'unknown'
      const phase = isOverdue(submission, seen.now, limits) ? 'stuck' : missing
      return { submission: { ...submission, phase }, step: 'broadcast' }
    }
    case 'send-refused': {
      const phase = submission.phase === 'stuck' ? 'stuck' : 'unknown'
      return { submission: { ...submission, phase, note: seen.reason }, step: 'look-later' }
    }
    case 'nonce-taken':
      return decideNonceTaken(submission, seen.block, limits)
    case 'prepared':
    case 'would-revert':
      return { submission, step: 'look' }
  }
}

/** The next state of a submission and the next thing to do. A state that changed must be durable before the step is taken. */
export const decide = (
  submission: Submission,
  seen: Observation,
  limits: SubmissionLimits,
): Decision => {
  if (isFinished(submission)) return { submission, step: 'finish' }
  if (submission.phase === 'intended') return decideIntended(submission, seen)
  return decideInFlight(submission, seen, limits)
}

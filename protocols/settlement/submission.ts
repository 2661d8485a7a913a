import type { Hash, Hex, UnixSeconds } from '../common/index.ts'

/** A transaction whose hash is known although it may not have left yet. */
export type SignedTransaction = { hash: Hash; raw: Hex; nonce: number }

/** All the transactions signed for one call, newest last. They share a nonce, so at most one of them is ever carried out. */
export type Versions = readonly [SignedTransaction, ...SignedTransaction[]]

/**
 * A transaction that may or may not have left. `signed`: not known to have been sent. `sent`: the chain shows it waiting. `mined`: in a
 * block, not yet final. `unknown`: neither the chain nor its waiting list shows it. `stuck`: the same for too long, and somebody should
 * look.
 */
export type InFlight = {
  phase: 'signed' | 'sent' | 'mined' | 'unknown' | 'stuck'
  versions: Versions
  since: UnixSeconds
  /** When the newest version was signed, or last found too dear to sign. */
  pricedAt: UnixSeconds
  /** Blocks at which the nonce was seen used by another transaction, and the newest of them. */
  nonceTaken: { blocks: number; last: number }
  /** Why the chain would not take it, in its own words. */
  note: string
}

export type Finished =
  /** Confirmed. `versions` are kept while a deep reorganisation could still take it back, and empty after that. */
  | {
      phase: 'done'
      hash: Hash
      block: number
      gasUsed: bigint
      versions: readonly SignedTransaction[]
    }
  /** `hash` is null when nothing was ever sent. */
  | { phase: 'reverted'; hash: Hash | null; reason: string }

/** Nothing is signed. `note` says what it waits for. */
export type Intended = { phase: 'intended'; note: string }

/** Where a call stands on its way to the chain. */
export type Submission = Intended | InFlight | Finished

/** What was found out. */
export type Observation =
  | { type: 'prepared'; transaction: SignedTransaction; now: UnixSeconds }
  | { type: 'repriced'; transaction: SignedTransaction; now: UnixSeconds }
  | { type: 'too-dear'; reason: string; now: UnixSeconds }
  | { type: 'would-revert'; reason: string }
  | { type: 'sent' }
  | { type: 'send-refused'; reason: string }
  | { type: 'nonce-taken'; block: number }
  /** `minedAt` is null while it waits to be mined. */
  | { type: 'pending'; minedAt: number | null; now: UnixSeconds }
  | { type: 'unknown'; now: UnixSeconds }
  | { type: 'done'; hash: Hash; block: number; gasUsed: bigint; head: number }
  | { type: 'reverted'; hash: Hash; reason: string }

/** What to do next; the `-later` ones wait one poll first. */
export type Step =
  | 'prepare'
  | 'prepare-later'
  | 'broadcast'
  | 'look'
  | 'look-later'
  | 'reprice'
  | 'finish'

/** Whether its end is known to whoever asked; a done one may still be taken back by a reorganisation. */
export const isFinished = (submission: Submission): submission is Finished =>
  submission.phase === 'done' || submission.phase === 'reverted'

/** Whether nothing can change any more. */
export const isFinal = (submission: Submission): boolean =>
  submission.phase === 'reverted' ||
  (submission.phase === 'done' && submission.versions.length === 0)

/** Every transaction signed for the call, newest last. */
export const versionsOf = (submission: Submission): readonly SignedTransaction[] =>
  'versions' in submission ? submission.versions : []

/** Where work resumes, after a restart too: with a hash the chain is asked before anything is sent. */
export const firstStep = (submission: Submission): Step => {
  if (isFinished(submission)) return 'finish'
  return submission.phase === 'intended' ? 'prepare' : 'look'
}

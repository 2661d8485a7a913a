import type { Emit } from '../../protocols/control/index.ts'
import {
  bumpAfterSeconds,
  decide,
  type FeeCaps,
  isFinished,
  offerFor,
  type Step,
  type Submission,
  type SubmissionLimits,
  type Urgency,
  versionsOf,
} from '../../protocols/settlement/index.ts'
import type { Chain, Clock, FeeOrder, Log } from '../ports/index.ts'
import { isUnreachable, observe } from './observe.ts'
import type { Outbox, OutboxEntry } from './outbox.ts'
import { createTeller } from './teller.ts'
import type { TransactionBook } from './transaction-book.ts'

export type RunnerDeps = {
  chain: Pick<Chain, 'identity' | 'head' | 'fees' | 'prepare' | 'reprice' | 'broadcast' | 'outcome'>
  clock: Clock
  log: Log
  emit: Emit
  outbox: Outbox
  book: TransactionBook
}

/** Caps in wei, times in seconds. */
export type RunnerOptions = FeeCaps & { stuckAfterSeconds: number }

/** In what haste a call is, and which nonces are known to be used. */
export type Haste = { urgency: Urgency; nonceAtLeast: number }

/** How far a call came at one go. `unanswered`: the chain did not answer the last question. */
export type Stretch = { entry: OutboxEntry; end: 'finished' | 'mined' | 'later' | 'unanswered' }

const MAX_VERSIONS = 24
const NONCE_BLOCKS = 3
// Deeper than any reorganisation seen on the networks in config/networks once their confirmations are waited for.
const FINAL_BLOCKS = 32
const THRIFTY_BLIND = { base: 0n, tip: 0n, usualBase: 0n }

const textOf = (submission: Submission): string =>
  'note' in submission
    ? `${submission.note} ${'nonceTaken' in submission ? submission.nonceTaken.last : ''}`
    : ''

// The versions are news: each must be durable before it leaves.
const isNews = (before: Submission, after: Submission): boolean =>
  before.phase !== after.phase ||
  versionsOf(before).length !== versionsOf(after).length ||
  textOf(before) !== textOf(after) ||
  (after.phase === 'done' && before.phase === 'done' && after.block !== before.block)

/** Takes one call step by step towards its end; every state is durable before what follows from it is done. */
export const createRunner = (deps: RunnerDeps, options: RunnerOptions) => {
  const { chain, emit, log, outbox, book } = deps
  const { confirmations } = chain.identity

  const limitsFor = (urgency: Urgency): SubmissionLimits => ({
    stuckAfterSeconds: options.stuckAfterSeconds,
    bumpAfterSeconds: bumpAfterSeconds(urgency),
    maxVersions: MAX_VERSIONS,
    nonceBlocks: Math.max(NONCE_BLOCKS, confirmations),
    finalDepth: confirmations + FINAL_BLOCKS,
  })

  const tell = createTeller({ emit, log })

  const save = async (entry: OutboxEntry, before = entry.submission): Promise<OutboxEntry> => {
    await book.inTurn(async () => outbox.save(entry, await book.writesForEntry(entry)))
    tell(entry, before)
    return entry
  }

  const feesFor = async (urgency: Urgency, submission: Submission): Promise<FeeOrder> => {
    const sight = urgency === 'thrifty' ? await chain.fees() : THRIFTY_BLIND
    const bumps = Math.max(0, versionsOf(submission).length - 1)
    return offerFor(urgency, options, { sight, bumps })
  }

  const takeStep = async (
    entry: OutboxEntry,
    step: Step,
    { urgency, nonceAtLeast }: Haste,
  ): Promise<{ entry: OutboxEntry; step: Step }> => {
    const { call, submission } = entry
    const isPricing = step === 'prepare' || step === 'reprice'
    const fees = isPricing
      ? await feesFor(urgency, submission)
      : offerFor('normal', options, { sight: THRIFTY_BLIND, bumps: 0 })
    const seen = await observe(deps, step, { call, submission, fees, nonceAtLeast })
    const next = decide(submission, seen, limitsFor(urgency))
    if (next.submission === submission) return { entry, step: next.step }
    const moved = { ...entry, submission: next.submission }
    if (isNews(submission, next.submission)) await save(moved, submission)
    return { entry: moved, step: next.step }
  }

  const follow = async (start: OutboxEntry, first: Step, haste: Haste): Promise<Stretch> => {
    let entry = start
    let step = first
    try {
      do ({ entry, step } = await takeStep(entry, step, haste))
      while (!['finish', 'look-later', 'prepare-later'].includes(step))
    } catch (error) {
      if (!isUnreachable(error)) throw error
      return { entry, end: 'unanswered' }
    }
    if (isFinished(entry.submission)) return { entry, end: 'finished' }
    return { entry, end: entry.submission.phase === 'mined' ? 'mined' : 'later' }
  }

  return { follow, save }
}

export type Runner = ReturnType<typeof createRunner>

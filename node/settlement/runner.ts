import { type Address, type Amount, MAX_AMOUNT } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import {
  decide,
  firstStep,
  type Observation,
  type Step,
  type Submission,
} from '../../protocols/settlement/index.ts'
import type { Chain, ChainCall, Clock, Log } from '../ports/index.ts'
import { observe } from './observe.ts'
import { hashOf, type Outbox, type OutboxEntry } from './outbox.ts'
import { createReach } from './reach.ts'

export type RunnerDeps = {
  chain: Pick<Chain, 'identity' | 'head' | 'allowance' | 'prepare' | 'broadcast' | 'outcome'>
  clock: Clock
  log: Log
  emit: Emit
  outbox: Outbox
}

/** Waits are in milliseconds, ages in seconds. */
export type RunnerOptions = { pollMs?: number; stuckAfterSeconds?: number }

const NONCE_BLOCKS = 3

const allowanceFor = (call: ChainCall, token: Address): Amount | null => {
  const isDeposit = call.type === 'open-channel' || call.type === 'fund-channel'
  return isDeposit && call.params.token === token ? call.amount : null
}

const textOf = (submission: Submission): string =>
  'note' in submission ? `${submission.note} ${submission.nonceTaken.last}` : ''

const isNews = (before: Submission, after: Submission): boolean =>
  before.phase !== after.phase || textOf(before) !== textOf(after)

/** Carries one entry to its end, an allowance before it where its token wants one. */
export const createRunner = (deps: RunnerDeps, options: RunnerOptions, signal: AbortSignal) => {
  const { chain, clock, log, emit, outbox } = deps
  const { pollMs = 1_000, stuckAfterSeconds = 300 } = options
  const limits = { stuckAfterSeconds, nonceBlocks: NONCE_BLOCKS }
  const reach = createReach({ clock, log })

  const save = async (entry: OutboxEntry): Promise<void> => {
    await outbox.save(entry)
    const { key, call, submission } = entry
    const status = submission.phase
    const hash = hashOf(submission)
    emit({ type: 'chain.transaction', key, call: call.type, hash, status })
    if (status === 'stuck') log.warn({ key, hash }, 'transaction stuck')
    if (status === 'unknown') log.warn({ key, hash }, 'transaction not known to the chain')
    if (status === 'reverted') log.warn({ key, hash, reason: submission.reason }, 'call refused')
    if (status === 'done') log.info({ key, hash }, 'transaction confirmed')
  }

  const next = async (entry: OutboxEntry, seen: Observation): Promise<[OutboxEntry, Step]> => {
    const { submission, step } = decide(entry.submission, seen, limits)
    if (submission === entry.submission) return [entry, step]
    const moved = { ...entry, submission }
    if (isNews(entry.submission, submission)) await save(moved)
    return [moved, step]
  }

  const follow = async (start: OutboxEntry): Promise<OutboxEntry> => {
    let entry = start
    for (let step = firstStep(entry.submission); step !== 'finish'; ) {
      if (step === 'look-later') await clock.wait(pollMs, { signal })
      const seen = await reach.untilAnswered(() => observe(deps, step, entry), signal)
      ;[entry, step] = await next(entry, seen)
    }
    return entry
  }

  const approval = async ({ key, call }: OutboxEntry): Promise<OutboxEntry | null> => {
    const needed = allowanceFor(call, chain.identity.contracts.token)
    if (needed === null) return null
    const spender = chain.identity.contracts.paymentChannel
    const allowed = await reach.untilAnswered(() => chain.allowance(spender), signal)
    if (allowed >= needed) return null
    // The contract takes from an allowance only what its owner asks it to in open and fund, so one large allowance risks nothing.
    const approve = { type: 'approve-token', spender, amount: MAX_AMOUNT } as const
    return outbox.create(`${key}#approve-${outbox.nextOrder()}`, approve, clock.now())
  }

  const refuse = async (entry: OutboxEntry, reason: string): Promise<OutboxEntry> => {
    const refused: OutboxEntry = { ...entry, submission: { phase: 'reverted', hash: null, reason } }
    await save(refused)
    return refused
  }

  const run = async (entry: OutboxEntry): Promise<OutboxEntry> => {
    const allowance = entry.submission.phase === 'intended' ? await approval(entry) : null
    if (allowance !== null) {
      // Not kept as an intent: after a crash the allowance is looked at again.
      const { submission } = await follow(allowance)
      if (submission.phase === 'reverted') return refuse(entry, submission.reason)
    }
    return follow(entry)
  }

  return { run, save, reach }
}

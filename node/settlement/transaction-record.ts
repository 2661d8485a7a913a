import type { Hash, UnixSeconds } from '../../protocols/common/index.ts'
import { type Submission, versionsOf } from '../../protocols/settlement/index.ts'
import type { ChainCall, ChainEvent } from '../ports/index.ts'
import { type Subject, subjectsOf } from './calls.ts'
import type { OutboxEntry } from './outbox.ts'

/**
 * One transaction as the node knows it. `replaced`: another one with its nonce was carried out. `undone`: a reorganisation took it out
 * of the chain, and it has not been seen again.
 */
export type TransactionRecord = {
  hash: Hash
  network: string
  chainId: number
  subjects: readonly Subject[]
  /** What this node asked for, and under which key; null: somebody else's transaction. */
  call: ChainCall['type'] | null
  key: string | null
  status: 'pending' | 'done' | 'reverted' | 'replaced' | 'undone'
  block: number | null
  gasUsed: bigint | null
  recordedAt: UnixSeconds
  /** Names of the events that it caused, in order. */
  events: readonly string[]
}

/** What a transaction settled for good: a channel or escrow was paid out, or a reputation was anchored. */
export type Effect = 'none' | 'settled' | 'anchored'

/** Every transaction hash is the contract's word: only what is done has an effect. */
export const effectOf = ({ status, call, events, subjects }: TransactionRecord): Effect => {
  if (status !== 'done') return 'none'
  if (subjects.some(({ kind }) => kind === 'reputation')) return 'anchored'
  const isEnd = call === 'settle-channel' || call === 'coop-close'
  return isEnd || events.includes('channel-settled') ? 'settled' : 'none'
}

type Place = Pick<TransactionRecord, 'network' | 'chainId'>

type Fate = Pick<TransactionRecord, 'status' | 'block' | 'gasUsed'>

const waiting: Fate = { status: 'pending', block: null, gasUsed: null }

const fateOf = (submission: Submission, hash: Hash): Fate => {
  if (submission.phase === 'done') {
    const { block, gasUsed } = submission
    return submission.hash === hash
      ? { status: 'done', block, gasUsed }
      : { ...waiting, status: 'replaced' }
  }
  if (submission.phase !== 'reverted') return waiting
  const status = submission.hash === hash ? 'reverted' : 'replaced'
  return { ...waiting, status }
}

/** The hashes that an entry's step concerns: its versions, and the one that was carried out. */
export const hashesOf = (submission: Submission): Hash[] => {
  const hashes = new Set(versionsOf(submission).map(({ hash }) => hash))
  if ('hash' in submission && submission.hash !== null) hashes.add(submission.hash)
  return [...hashes]
}

/** The record of one of an entry's transactions, on top of what was known of it. */
export const recordOfEntry = (
  { call, key, submission }: OutboxEntry,
  hash: Hash,
  { known, place, now }: { known: TransactionRecord | undefined; place: Place; now: UnixSeconds },
): TransactionRecord => ({
  hash,
  ...place,
  subjects: known?.subjects ?? subjectsOf(call),
  call: call.type,
  key,
  recordedAt: known?.recordedAt ?? now,
  events: known?.events ?? [],
  ...fateOf(submission, hash),
})

/** The record of the transaction behind an event, on top of what was known of it. */
export const recordOfEvent = (
  event: ChainEvent,
  { known, place, now }: { known: TransactionRecord | undefined; place: Place; now: UnixSeconds },
): TransactionRecord => {
  const { transaction: hash, channelId: id, block, type } = event
  const before = known ?? {
    hash,
    ...place,
    ...waiting,
    subjects: [],
    call: null,
    key: null,
    recordedAt: now,
    events: [],
  }
  const isKnown = before.subjects.some((subject) => subject.id === id)
  const subjects = isKnown
    ? before.subjects
    : [...before.subjects, { kind: 'channel', id } as const]
  if (event.type === 'channel-undone') {
    const events = before.events.filter((name) => name !== event.undone)
    return { ...before, ...waiting, status: 'undone', subjects, events }
  }
  const events = before.events.includes(type) ? before.events : [...before.events, type]
  return { ...before, status: 'done', block, subjects, events }
}

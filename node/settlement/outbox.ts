import type { Hash, UnixSeconds } from '../../protocols/common/index.ts'
import {
  type CallTiming,
  isFinal,
  isFinished,
  type SignedTransaction,
  type Submission,
  versionsOf,
} from '../../protocols/settlement/index.ts'
import type { CallTerms, ChainCall, RecordKind, Store, Write } from '../ports/index.ts'

/** One call and how far it came. `order` grows by one per submission. */
export type OutboxEntry = {
  order: number
  key: string
  call: ChainCall
  timing: CallTiming
  submission: Submission
}

/** What the control port shows of an entry. `hashes`: every transaction signed for it, newest last. */
export type OutboxView = {
  key: string
  call: ChainCall['type']
  status: Submission['phase']
  hash: Hash | null
  hashes: readonly Hash[]
  /** Why it failed or does not move on; empty otherwise. */
  reason: string
  createdAt: UnixSeconds
  deadline: UnixSeconds | null
}

// Before prices could be raised a call had one transaction, and no wishes.
type OldEntry = Omit<OutboxEntry, 'timing' | 'submission'> & {
  createdAt: UnixSeconds
  submission: { phase: string; since?: UnixSeconds; transaction?: SignedTransaction }
}

const upgraded = (value: unknown): OutboxEntry => {
  const { createdAt, submission, ...entry } = value as OldEntry
  const { transaction, ...rest } = submission
  const added = {
    intended: { note: '' },
    done: { versions: [] },
    reverted: {},
  }[submission.phase] ?? { versions: [transaction], pricedAt: submission.since }
  return {
    ...entry,
    timing: { urgency: 'normal', deadline: null, createdAt },
    submission: { ...rest, ...added } as Submission,
  }
}

const ENTRIES: RecordKind<OutboxEntry> = { name: 'outbox', version: 2, upgrade: upgraded }
const OPEN: RecordKind<string> = { name: 'outbox-open', version: 1 }
const ORDER: RecordKind<string> = { name: 'outbox-order', version: 1 }
const SHOWN = 100

const orderKey = (order: number): string => order.toString().padStart(12, '0')

/** The transaction that counts: the one that was carried out, else the newest. */
export const hashOf = (submission: Submission): Hash | null => {
  if (isFinished(submission)) return submission.hash
  return versionsOf(submission).at(-1)?.hash ?? null
}

const reasonOf = (submission: Submission): string => {
  if (submission.phase === 'reverted') return submission.reason
  return 'note' in submission ? submission.note : ''
}

const viewOf = ({ key, call, timing, submission }: OutboxEntry): OutboxView => {
  const hash = hashOf(submission)
  const versions = versionsOf(submission).map((version) => version.hash)
  return {
    key,
    call: call.type,
    status: submission.phase,
    hash,
    hashes: versions.length > 0 || hash === null ? versions : [hash],
    reason: reasonOf(submission),
    createdAt: timing.createdAt,
    deadline: timing.deadline,
  }
}

/** The durable list of calls: which are not final, and the last ones for the view. */
export const createOutbox = (store: Pick<Store, 'collection' | 'commit'>) => {
  const entries = store.collection(ENTRIES)
  const open = store.collection(OPEN)
  const order = store.collection(ORDER)
  // The newest entries in order, as the view shows them.
  const shown = new Map<string, OutboxEntry>()
  let nextOrder = 0

  const remember = (entry: OutboxEntry): void => {
    shown.set(entry.key, entry)
    if (shown.size <= SHOWN) return
    const oldest = [...shown.values()].find(({ submission }) => isFinished(submission))
    if (oldest !== undefined) shown.delete(oldest.key)
  }

  const entriesOf = async (keys: AsyncIterable<[string, string]>): Promise<OutboxEntry[]> => {
    const found: OutboxEntry[] = []
    for await (const [, key] of keys) {
      const entry = await entries.get(key)
      if (entry !== undefined) found.push(entry)
    }
    return found
  }

  /** Everything that is not final. */
  const load = async (): Promise<OutboxEntry[]> => {
    const newest = await entriesOf(order.list({ reverse: true, limit: SHOWN }))
    const unfinished = await entriesOf(open.list())
    for (const entry of newest.reverse()) remember(entry)
    for (const entry of unfinished) remember(entry)
    nextOrder = Math.max(-1, ...newest.map((entry) => entry.order)) + 1
    return unfinished
  }

  /** `more` is written together with the entry. */
  const save = async (entry: OutboxEntry, more: readonly Write[] = []): Promise<void> => {
    const at = orderKey(entry.order)
    await store.commit([
      entries.put(entry.key, entry),
      order.put(at, entry.key),
      isFinal(entry.submission) ? open.remove(at) : open.put(at, entry.key),
      ...more,
    ])
    remember(entry)
  }

  const create = (
    key: string,
    call: ChainCall,
    { createdAt, terms }: { createdAt: UnixSeconds; terms: CallTerms },
  ): OutboxEntry => ({
    order: nextOrder++,
    key,
    call,
    timing: { urgency: terms.urgency ?? 'normal', deadline: terms.deadline ?? null, createdAt },
    submission: { phase: 'intended', note: '' },
  })

  return {
    load,
    save,
    create,
    get: (key: string): Promise<OutboxEntry | undefined> => entries.get(key),
    nextOrder: (): number => nextOrder,
    views: (): OutboxView[] => [...shown.values()].map(viewOf),
  }
}

export type Outbox = ReturnType<typeof createOutbox>

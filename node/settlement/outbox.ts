import type { Hash, UnixSeconds } from '../../protocols/common/index.ts'
import { isFinished, type Submission } from '../../protocols/settlement/index.ts'
import type { ChainCall, RecordKind, Store } from '../ports/index.ts'

/** One call and how far it came. `order` grows by one per submission. */
export type OutboxEntry = {
  order: number
  key: string
  call: ChainCall
  createdAt: UnixSeconds
  submission: Submission
}

/** What the control port shows of an entry. */
export type OutboxView = {
  key: string
  call: ChainCall['type']
  status: Submission['phase']
  hash: Hash | null
  /** Why it failed or does not move on; empty otherwise. */
  reason: string
  createdAt: UnixSeconds
}

const ENTRIES: RecordKind<OutboxEntry> = { name: 'outbox', version: 1 }
const OPEN: RecordKind<string> = { name: 'outbox-open', version: 1 }
const ORDER: RecordKind<string> = { name: 'outbox-order', version: 1 }
const SHOWN = 100

const orderKey = (order: number): string => order.toString().padStart(12, '0')

export const hashOf = (submission: Submission): Hash | null => {
  if (submission.phase === 'intended') return null
  return 'transaction' in submission ? submission.transaction.hash : submission.hash
}

const reasonOf = (submission: Submission): string => {
  if (submission.phase === 'reverted') return submission.reason
  return 'note' in submission ? submission.note : ''
}

export const viewOf = ({ key, call, createdAt, submission }: OutboxEntry): OutboxView => ({
  key,
  call: call.type,
  status: submission.phase,
  hash: hashOf(submission),
  reason: reasonOf(submission),
  createdAt,
})

/** The durable list of calls: which are open, and the last ones for the view. */
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

  const load = async (): Promise<OutboxEntry[]> => {
    const newest = await entriesOf(order.list({ reverse: true, limit: SHOWN }))
    const unfinished = await entriesOf(open.list())
    for (const entry of newest.reverse()) remember(entry)
    for (const entry of unfinished) remember(entry)
    nextOrder = Math.max(-1, ...newest.map((entry) => entry.order)) + 1
    return unfinished
  }

  const save = async (entry: OutboxEntry): Promise<void> => {
    const at = orderKey(entry.order)
    await store.commit([
      entries.put(entry.key, entry),
      order.put(at, entry.key),
      isFinished(entry.submission) ? open.remove(at) : open.put(at, entry.key),
    ])
    remember(entry)
  }

  return {
    load,
    save,
    get: (key: string): Promise<OutboxEntry | undefined> => entries.get(key),
    nextOrder: (): number => nextOrder,
    create: (key: string, call: ChainCall, createdAt: UnixSeconds): OutboxEntry => ({
      order: nextOrder++,
      key,
      call,
      createdAt,
      submission: { phase: 'intended' },
    }),
    views: (): OutboxView[] => [...shown.values()].map(viewOf),
  }
}

export type Outbox = ReturnType<typeof createOutbox>

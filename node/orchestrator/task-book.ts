import type { Hash } from '../../protocols/common/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import { isTaskOver, mayTaskMove } from '../../protocols/orchestration/index.ts'
import type { Clock, Store } from '../ports/index.ts'
import type { TaskFault } from './faults.ts'
import { commitKept, type Keep, type Need } from './keeping.ts'
import { createSerial } from './serial.ts'
import { dealOf, deliveryOf, type Journey, type TaskRecord, taskKind } from './task-record.ts'

/** Decides the next journey from the current record; null leaves it as it is. */
type Decide = (record: TaskRecord) => Journey | null | Promise<Journey | null>

/** The requester's tasks: every move durable before anyone hears of it, and one at a time per task. */
export type TaskBook = {
  start(): Promise<readonly TaskRecord[]>
  /** The task of this id: the given one, unless there is one already. */
  create(record: TaskRecord): Promise<TaskRecord>
  get(id: string): TaskRecord | undefined
  require(id: string): TaskRecord
  byAgreement(agreementHash: Hash): TaskRecord | undefined
  all(): readonly TaskRecord[]
  move(id: string, decide: Decide): Promise<TaskRecord>
  /** Resolves with the record as soon as `isReady` holds for it; rejects when aborted. */
  until(
    id: string,
    isReady: (record: TaskRecord) => boolean,
    signal: AbortSignal,
  ): Promise<TaskRecord>
}

const describe = ({ id, journey }: TaskRecord) => ({
  type: 'task.phase' as const,
  taskId: id,
  role: 'requester' as const,
  phase: journey.phase,
  ...('end' in journey ? journey.end : {}),
})

type Watch = (record: TaskRecord) => void

/** Those who wait for a task to change. */
const createWatchers = () => {
  const watching = new Map<string, Set<Watch>>()
  const drop = (id: string, watch: Watch): void => {
    const own = watching.get(id)
    own?.delete(watch)
    if (own?.size === 0) watching.delete(id)
  }
  const until = (
    { id, ...rest }: TaskRecord,
    isReady: (record: TaskRecord) => boolean,
    signal: AbortSignal,
  ): Promise<TaskRecord> =>
    new Promise((resolve, reject) => {
      const abort = () => {
        drop(id, watch)
        reject(signal.reason)
      }
      const watch = (record: TaskRecord) => {
        if (!isReady(record)) return
        drop(id, watch)
        signal.removeEventListener('abort', abort)
        resolve(record)
      }
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort)
      watching.set(id, (watching.get(id) ?? new Set()).add(watch))
      watch({ id, ...rest })
    })
  return {
    until,
    tell: (record: TaskRecord) => {
      for (const watch of [...(watching.get(record.id) ?? [])]) watch(record)
    },
  }
}

const needOf = ({ id, taskHash, journey }: TaskRecord): Need => ({
  by: `task-${id}`,
  taskHash,
  result: deliveryOf(journey)?.result ?? null,
  isOver: isTaskOver(journey.phase),
})

export const createTaskBook = ({
  store,
  clock,
  emit,
  keep,
}: {
  store: Store
  clock: Clock
  emit: Emit
  keep: Keep
}): TaskBook => {
  const tasks = store.collection(taskKind)
  const known = new Map<string, TaskRecord>()
  const agreements = new Map<Hash, string>()
  const watchers = createWatchers()
  const serial = createSerial()

  const remember = (record: TaskRecord): void => {
    known.set(record.id, record)
    const deal = dealOf(record.journey)
    if (deal) agreements.set(deal.agreementHash, record.id)
  }

  const require = (id: string): TaskRecord => {
    const record = known.get(id)
    if (record) return record
    throw new Fault<TaskFault>('NOT_FOUND', `there is no task ${id} here`)
  }

  const save = async (record: TaskRecord, from?: TaskRecord): Promise<void> => {
    const need = from?.journey.phase === record.journey.phase ? null : needOf(record)
    await commitKept(keep, need, () => store.commit([tasks.put(record.id, record)]))
    remember(record)
    watchers.tell(record)
  }

  const moveNow = async (id: string, decide: Decide): Promise<TaskRecord> => {
    const before = require(id)
    const journey = await decide(before)
    if (journey === null) return before
    const { phase } = journey
    if (!mayTaskMove(before.journey.phase, phase)) {
      throw new Fault<TaskFault>(
        'WRONG_PHASE',
        `task ${id} is ${before.journey.phase} and cannot become ${phase}`,
      )
    }
    const isNewPhase = before.journey.phase !== phase
    const history = isNewPhase ? [...before.history, { phase, at: clock.nowMs() }] : before.history
    const after = { ...before, journey, history }
    await save(after, before)
    if (isNewPhase) emit(describe(after))
    return after
  }

  return {
    start: async () => {
      for await (const [, record] of tasks.list()) {
        remember(record)
        await keep(needOf(record))
      }
      return [...known.values()].filter(({ journey }) => !isTaskOver(journey.phase))
    },
    create: (record) =>
      serial(record.id, async () => {
        const earlier = known.get(record.id)
        if (earlier) return earlier
        await save(record)
        emit(describe(record))
        return record
      }),
    get: (id) => known.get(id),
    require,
    byAgreement: (agreementHash) => {
      const id = agreements.get(agreementHash)
      return id === undefined ? undefined : known.get(id)
    },
    all: () => [...known.values()],
    move: (id, decide) => serial(id, () => moveNow(id, decide)),
    until: (id, isReady, signal) => watchers.until(require(id), isReady, signal),
  }
}

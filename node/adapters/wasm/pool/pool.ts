import { Fault } from '../../../../protocols/common/index.ts'
import type { Log } from '../../../ports/index.ts'
import type { Child } from './child-process.ts'
import type { SandboxFaultCode } from './faults.ts'
import { createLendingQueue, type LendingQueue } from './queue.ts'

export type PoolDeps = { startChild: () => Promise<Child>; log: Pick<Log, 'warn'> }
export type PoolOptions = { workers: number; maxQueue: number; tasksPerChild: number }

/** Lends warm children, one task each at a time; those that died or grew old are replaced. */
export type Pool = {
  start(): Promise<void>
  stop(): Promise<void>
  /** Runs `work` in the next free child; rejects at once when the queue is full. */
  withChild<T>(work: (child: Child) => Promise<T>, signal?: AbortSignal): Promise<T>
}

// A place for a child; it keeps the place while the child in it is replaced.
type Slot = { child: Promise<Child> | null; tasks: number }

const unavailable = (cause: unknown): never => {
  throw new Fault<SandboxFaultCode>('SANDBOX_UNAVAILABLE', 'no child could be started', { cause })
}

const createWarmer = ({ startChild, log }: PoolDeps, isOpen: () => boolean) => {
  const warm = async (slot: Slot): Promise<Child> => {
    if (!isOpen()) throw new Fault<SandboxFaultCode>('SANDBOX_NOT_RUNNING', 'the sandbox stops')
    const child = startChild()
    slot.tasks = 0
    slot.child = child
    child.catch((error: unknown) => {
      if (slot.child === child) slot.child = null
      log.warn({ error: String(error) }, 'sandbox child did not start')
    })
    return child
  }
  const living = async (slot: Slot): Promise<Child> => {
    const child = await (slot.child ?? warm(slot))
    return child.alive() ? child : warm(slot)
  }
  return { warm, living }
}

const present = async (slot: Slot): Promise<Child | null> =>
  (await slot.child?.catch(() => null)) ?? null

const close = async (slot: Slot): Promise<void> => {
  const child = await present(slot)
  child?.kill('CLOSED')
  await child?.exited
}

export const createPool = (
  deps: PoolDeps,
  { workers, maxQueue, tasksPerChild }: PoolOptions,
): Pool => {
  let open: { slots: readonly Slot[]; queue: LendingQueue<Slot> } | null = null
  const { warm, living } = createWarmer(deps, () => open !== null)

  const renew = async (slot: Slot): Promise<void> => {
    const child = await present(slot)
    if (++slot.tasks >= tasksPerChild) child?.kill('CLOSED')
    if (open && !child?.alive()) warm(slot).catch(() => undefined)
  }

  return {
    start: async () => {
      const slots = Array.from({ length: workers }, (): Slot => ({ child: null, tasks: 0 }))
      open = { slots, queue: createLendingQueue(slots, { maxWaiting: maxQueue }) }
      await Promise.all(slots.map(warm)).catch(unavailable)
    },
    stop: async () => {
      const closing = open
      open = null
      closing?.queue.close()
      await Promise.all(closing?.slots.map(close) ?? [])
    },
    withChild: async (work, signal) => {
      if (!open) {
        throw new Fault<SandboxFaultCode>('SANDBOX_NOT_RUNNING', 'the sandbox is not started')
      }
      const { queue } = open
      const slot = await queue.take(signal)
      try {
        return await work(await living(slot).catch(unavailable))
      } finally {
        await renew(slot)
        queue.giveBack(slot)
      }
    },
  }
}

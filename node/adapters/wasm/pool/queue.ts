import { Fault } from '../../../../protocols/common/index.ts'
import type { SandboxFaultCode } from './faults.ts'

/** Hands out a fixed number of things, first come first served; those who wait may give up. */
export type LendingQueue<T> = {
  take(signal?: AbortSignal): Promise<T>
  giveBack(thing: T): void
  /** Takes everything back; those who wait are refused. */
  close(): void
}

type Waiter<T> = { give(thing: T): void; refuse(error: unknown): void }

export const createLendingQueue = <T>(
  things: readonly T[],
  { maxWaiting }: { maxWaiting: number },
): LendingQueue<T> => {
  const free = [...things]
  const waiting = new Set<Waiter<T>>()

  const wait = (signal?: AbortSignal): Promise<T> =>
    new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(waiter)
        reject(signal?.reason)
      }
      const waiter: Waiter<T> = {
        give: (thing) => {
          signal?.removeEventListener('abort', leave)
          resolve(thing)
        },
        refuse: reject,
      }
      waiting.add(waiter)
      signal?.addEventListener('abort', leave, { once: true })
    })

  return {
    take: async (signal) => {
      signal?.throwIfAborted()
      const thing = free.pop()
      if (thing !== undefined) return thing
      if (waiting.size >= maxWaiting) {
        throw new Fault<SandboxFaultCode>('SANDBOX_BUSY', `${waiting.size} tasks wait already`)
      }
      return wait(signal)
    },
    giveBack: (thing) => {
      const [waiter] = waiting
      if (!waiter) {
        free.push(thing)
        return
      }
      waiting.delete(waiter)
      waiter.give(thing)
    },
    close: () => {
      free.length = 0
      const refusal = new Fault<SandboxFaultCode>('SANDBOX_NOT_RUNNING', 'the sandbox stops')
      for (const waiter of waiting) waiter.refuse(refusal)
      waiting.clear()
    },
  }
}

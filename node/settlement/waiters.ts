import { Fault, type Hash } from '../../protocols/common/index.ts'
import type { Submission } from '../../protocols/settlement/index.ts'
import type { SettlementFault } from './faults.ts'

/** A transaction that the chain carried out and confirmed. */
export type Submitted = { hash: Hash; block: number }

export const settlementFault = (
  code: SettlementFault,
  message: string,
  details: Record<string, unknown> = {},
): Fault<SettlementFault> => new Fault(code, message, details)

const settle = (waiter: PromiseWithResolvers<Submitted>, submission: Submission): void => {
  if (submission.phase === 'done') {
    waiter.resolve({ hash: submission.hash, block: submission.block })
  } else if (submission.phase === 'reverted') {
    const { reason, hash } = submission
    const message = `the chain refused the call: ${reason}`
    waiter.reject(settlementFault('TX_REVERTED', message, { reason, hash }))
  }
}

/** Those who wait for the end of a call, by its key. */
export const createWaiters = () => {
  const waiting = new Map<string, PromiseWithResolvers<Submitted>>()
  return {
    has: (key: string) => waiting.has(key),
    wait: (key: string) => {
      const known = waiting.get(key)
      const waiter = known ?? Promise.withResolvers<Submitted>()
      waiting.set(key, waiter)
      return { promise: waiter.promise, isNew: known === undefined }
    },
    answer: (key: string, submission: Submission) => {
      const waiter = waiting.get(key)
      waiting.delete(key)
      if (waiter !== undefined) settle(waiter, submission)
    },
    rejectAll: (error: unknown) => {
      for (const waiter of waiting.values()) waiter.reject(error)
      waiting.clear()
    },
  }
}

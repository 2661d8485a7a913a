import { Fault } from '../../../protocols/common/index.ts'
import type { StoreFault } from './faults.ts'

export type GroupCommit<Change> = {
  /** Resolves once the changes are on disk. Throws Fault STORE_UNAVAILABLE. */
  commit(changes: readonly Change[]): Promise<void>
  /** Refuses new commits and resolves when the accepted ones have ended. */
  close(): Promise<void>
}

const unavailable = (message: string, cause?: unknown) =>
  new Fault<StoreFault>('STORE_UNAVAILABLE', message, { cause })

/**
 * Lets commits that arrive while one write is being synced share the next write. `write` applies all changes or none.
 * After a failed write nobody knows what is on disk, so nothing is accepted any more.
 */
export const createGroupCommit = <Change>(
  write: (changes: readonly Change[]) => Promise<void>,
): GroupCommit<Change> => {
  let gathering: Change[] = []
  let next: Promise<void> | null = null
  let last: Promise<void> = Promise.resolve()
  let refusal: Fault | null = null
  let hasFailed = false

  const flush = async (): Promise<void> => {
    const changes = gathering
    gathering = []
    next = null
    if (hasFailed) throw refusal
    try {
      await write(changes)
    } catch (cause) {
      hasFailed = true
      refusal = unavailable('The database failed a write; restart the node', cause)
      throw refusal
    }
  }
  return {
    commit: async (changes) => {
      if (refusal !== null) throw refusal
      gathering.push(...changes)
      if (next === null) {
        next = last.then(flush)
        last = next.catch(() => {})
      }
      return next
    },
    close: async () => {
      refusal ??= unavailable('The database is closed')
      await last
    },
  }
}

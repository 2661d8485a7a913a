import type { Submission } from '../../protocols/settlement/index.ts'
import { type AllowanceDeps, createAllowances } from './allowances.ts'
import { isDeposit, nativeIn } from './calls.ts'
import { isUnmined, type LaneState } from './lane-state.ts'
import type { OutboxEntry } from './outbox.ts'
import type { Reserve } from './reserve.ts'
import type { Runner } from './runner.ts'

export type EntranceDeps = AllowanceDeps & {
  reserve: Reserve
  runner: Runner
  state: LaneState
  /** Hears of every call whose end is known. */
  onEnd: (entry: OutboxEntry) => void
}

/** What stands between an intent and its transaction: the reserve, and the allowance that a deposit needs. And how calls end. */
export const createEntrance = (deps: EntranceDeps) => {
  const { reach, reserve, runner, state, onEnd } = deps
  const allowances = createAllowances(deps)

  const end = async (entry: OutboxEntry): Promise<void> => {
    state.keep(entry)
    onEnd(entry)
    const { key, submission } = entry
    for (const waiting of allowances.release(key)) {
      const deposit = state.get(waiting)
      if (deposit && submission.phase === 'reverted') await refuse(deposit, submission.reason)
    }
  }

  const refuse = async (entry: OutboxEntry, reason: string): Promise<void> => {
    const submission: Submission = { phase: 'reverted', hash: null, reason }
    await end(await runner.save({ ...entry, submission }))
  }

  return {
    end,
    /** Whether a call must stand back: refused, or behind an allowance that was added to the lane. */
    isHeldUp: async (entry: OutboxEntry): Promise<boolean> => {
      const { call, submission } = entry
      if (submission.phase !== 'intended' || !isDeposit(call)) return false
      const shortage = await reach.untilAnswered(() => reserve.shortageFor(nativeIn(call)))
      if (shortage !== null) {
        await refuse(entry, shortage)
        return true
      }
      const allowance = await allowances.before(entry, state.unfinished())
      if (allowance !== null) state.add(allowance)
      return allowance !== null
    },
    /** Whether the allowance that a deposit needs is not mined yet. */
    isWaiting: ({ key, submission }: OutboxEntry): boolean => {
      const allowance = state.get(allowances.awaitedBy(key) ?? '')
      return submission.phase === 'intended' && allowance !== undefined && isUnmined(allowance)
    },
  }
}

import { faultCode, type UnixSeconds } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import type { Clock, Log } from '../ports/index.ts'
import { isUnreachable } from './observe.ts'

/** Whether the chain answers, and since when it does or does not. While it does not, the node only watches: nothing is sent. */
export type Reach = { isReachable: boolean; since: UnixSeconds }

export type ReachDeps = {
  clock: Clock
  log: Log
  emit: Emit
  /** Any question to the chain. */
  probe: () => Promise<unknown>
}

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

/** Knows whether the chain answers: one line and one event when it goes and when it is back, and ever longer pauses in between. */
export const createReach = ({ clock, log, emit, probe }: ReachDeps, signal: AbortSignal) => {
  let reach: Reach = { isReachable: true, since: clock.now() }
  let returning: Promise<void> | null = null

  const note = (isReachable: boolean, fields: Readonly<Record<string, unknown>> = {}): void => {
    if (reach.isReachable === isReachable) return
    reach = { isReachable, since: clock.now() }
    emit({ type: 'chain.reach', ...reach })
    if (isReachable) log.info(fields, 'chain reachable again')
    else log.warn(fields, 'chain unreachable, transactions wait')
  }

  const answers = async (): Promise<boolean> => {
    try {
      await probe()
      note(true)
      return true
    } catch (error) {
      note(false, { code: faultCode(error) })
      return false
    }
  }

  const untilBack = async (): Promise<void> => {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      await clock.wait(waitMs, { signal })
      if (await answers()) return
    }
  }

  /** After a question went unanswered: false when the chain answers another one, true once it is back after an absence. */
  const awaitReturn = async (): Promise<boolean> => {
    if (returning === null) {
      if (await answers()) return false
      returning ??= untilBack().finally(() => {
        returning = null
      })
    }
    await returning
    return true
  }

  /** Repeats a question until it is answered. */
  const untilAnswered = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (;;) {
      signal.throwIfAborted()
      try {
        return await ask()
      } catch (error) {
        if (!isUnreachable(error)) throw error
      }
      if (!(await awaitReturn())) await clock.wait(FIRST_WAIT_MS, { signal })
    }
  }

  return { awaitReturn, untilAnswered, state: (): Reach => reach }
}

export type ReachKeeper = ReturnType<typeof createReach>

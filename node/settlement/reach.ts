import { faultCode, type UnixSeconds } from '../../protocols/common/index.ts'
import type { Clock, Log } from '../ports/index.ts'

/** Whether the chain answers, and since when it does or does not. */
export type Reach = { isReachable: boolean; since: UnixSeconds }

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

/** Repeats what the chain did not answer, ever more slowly, and says once when it goes and when it is back. */
export const createReach = ({ clock, log }: { clock: Clock; log: Log }) => {
  let reach: Reach = { isReachable: true, since: clock.now() }

  const note = (isReachable: boolean, fields: Readonly<Record<string, unknown>> = {}): void => {
    if (reach.isReachable === isReachable) return
    reach = { isReachable, since: clock.now() }
    if (isReachable) log.info(fields, 'chain reachable again')
    else log.warn(fields, 'chain unreachable, transactions wait')
  }

  const untilAnswered = async <T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      signal.throwIfAborted()
      try {
        const answer = await ask()
        note(true)
        return answer
      } catch (error) {
        note(false, { code: faultCode(error) })
      }
      await clock.wait(waitMs, { signal })
    }
  }

  return { untilAnswered, state: () => reach }
}

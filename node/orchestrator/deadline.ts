import type { UnixSeconds } from '../../protocols/common/index.ts'
import type { Clock } from '../ports/index.ts'

const never = { reached: true }

/**
 * Runs `job` until it ends or the deadline passes, whichever is first; null at the deadline. `job` must heed its signal. Rejects when
 * the outer signal aborts.
 */
export const waitUntil = async <T>(
  clock: Clock,
  { deadline, signal }: { deadline: UnixSeconds; signal: AbortSignal },
  job: (signal: AbortSignal) => Promise<T>,
): Promise<T | null> => {
  const timer = new AbortController()
  const work = new AbortController()
  const both = AbortSignal.any([signal, work.signal])
  const waitMs = Math.max(0, deadline * 1000 - clock.nowMs())
  const alarm = clock.wait(waitMs, { signal: AbortSignal.any([signal, timer.signal]) }).then(
    () => work.abort(never),
    () => undefined,
  )
  try {
    return await job(both)
  } catch (error) {
    if (error === never) return null
    throw error
  } finally {
    timer.abort()
    await alarm
  }
}

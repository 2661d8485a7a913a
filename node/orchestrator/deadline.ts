import { Fault, type UnixSeconds } from '../../protocols/common/index.ts'
import type { Clock } from '../ports/index.ts'

/**
 * Runs `job` until it ends or the deadline passes, whichever is first; null at the deadline. `job` must heed its signal. Rejects when
 * the outer signal aborts. A job for which it is too late is not begun.
 */
export const waitUntil = async <T>(
  clock: Clock,
  { deadline, signal }: { deadline: UnixSeconds; signal: AbortSignal },
  job: (signal: AbortSignal) => Promise<T>,
): Promise<T | null> => {
  const timer = new AbortController()
  const work = new AbortController()
  const both = AbortSignal.any([signal, work.signal])
  signal.throwIfAborted()
  const waitMs = deadline * 1000 - clock.nowMs()
  if (waitMs <= 0) return null
  const alarm = clock.wait(waitMs, { signal: AbortSignal.any([signal, timer.signal]) }).then(
    () => work.abort(new Fault('DEADLINE', 'the time for this is over')),
    () => undefined,
  )
  try {
    return await job(both)
  } catch (error) {
    // However the job puts it: it ended because its time was over.
    if (work.signal.aborted && !signal.aborted) return null
    throw error
  } finally {
    timer.abort()
    await alarm
  }
}

/** The outcome of work that knows no signal, unless the signal comes first: then the work goes on by itself. */
export const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([work, aborted])
}

import type { Clock } from '../../ports/index.ts'

// A longer timer would fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The machine's wall clock and its timers. */
export const createSystemClock = (): Clock => ({
  now: () => Math.floor(Date.now() / 1000),
  nowMs: () => Date.now(),
  wait: (ms, { signal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      let left = Math.max(0, ms)
      let timer: NodeJS.Timeout
      const abort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const arm = () => {
        const step = Math.min(left, LONGEST_TIMER_MS)
        left -= step
        timer = setTimeout(left > 0 ? arm : end, step)
      }
      const end = () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      signal?.addEventListener('abort', abort, { once: true })
      arm()
    }),
})

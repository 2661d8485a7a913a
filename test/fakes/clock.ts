import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../node/ports/index.ts'

export type FakeClock = Clock & {
  /** Moves time on by `ms`, ending due waits in order and letting everything that follows from each settle. */
  advance(ms: number): Promise<void>
  /** Jumps to a time in seconds, ending due waits like `advance`. Never backwards. */
  set(seconds: number): Promise<void>
  /** How many waits have not ended. */
  pending(): number
}

type Wait = { due: number; end: () => void }

/** Lets promise chains (with in-memory fakes behind them) run until they rest. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

/** A clock that stands still until it is turned. */
export const createFakeClock = (startSeconds = 1_750_000_000): FakeClock => {
  let nowMs = startSeconds * 1000
  const waits = new Set<Wait>()
  const nextDue = (until: number): Wait | undefined => {
    let next: Wait | undefined
    for (const wait of waits) {
      if (wait.due <= until && (next === undefined || wait.due < next.due)) next = wait
    }
    return next
  }
  const moveTo = async (until: number) => {
    await settle()
    for (let wait = nextDue(until); wait !== undefined; wait = nextDue(until)) {
      nowMs = Math.max(nowMs, wait.due)
      wait.end()
      await settle()
    }
    nowMs = Math.max(nowMs, until)
  }
  return {
    now: () => Math.floor(nowMs / 1000),
    nowMs: () => nowMs,
    wait: (ms, { signal } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const abort = () => {
          waits.delete(wait)
          reject(signal?.reason)
        }
        const wait: Wait = {
          due: nowMs + Math.max(0, ms),
          end: () => {
            waits.delete(wait)
            signal?.removeEventListener('abort', abort)
            resolve()
          },
        }
        waits.add(wait)
        signal?.addEventListener('abort', abort, { once: true })
      }),
    advance: (ms) => moveTo(nowMs + ms),
    set: (seconds) => moveTo(seconds * 1000),
    pending: () => waits.size,
  }
}

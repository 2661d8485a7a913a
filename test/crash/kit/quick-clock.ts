import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../../node/ports/index.ts'

export type QuickClock = Clock & {
  /** Moves the time on at once; whoever waits goes on waiting as long as before. */
  jump(seconds: number): void
}

/** The machine's clock, running faster by a factor: real waiting for disks, little waiting for everything else. */
export const createQuickClock = (factor: number): QuickClock => {
  const begun = performance.now()
  let startMs = 1_800_000_000_000
  const nowMs = () => Math.floor(startMs + (performance.now() - begun) * factor)
  return {
    nowMs,
    jump: (seconds) => {
      startMs += seconds * 1_000
    },
    now: () => Math.floor(nowMs() / 1_000),
    wait: async (ms, { signal } = {}) => {
      signal?.throwIfAborted()
      try {
        await pause(ms / factor, undefined, signal ? { signal } : {})
      } catch (error) {
        throw signal?.aborted ? signal.reason : error
      }
    },
  }
}

import { isFinal, isFinished, versionsOf } from '../../protocols/settlement/index.ts'
import type { Clock } from '../ports/index.ts'
import type { OutboxEntry } from './outbox.ts'

/** Whether a call's transaction has no block yet. */
export const isUnmined = ({ submission }: OutboxEntry): boolean =>
  !isFinished(submission) && submission.phase !== 'mined'

/** The calls that are not final, and which of them are left alone for a while. */
export const createLaneState = (clock: Pick<Clock, 'nowMs'>) => {
  const active = new Map<string, OutboxEntry>()
  // Until when (ms) a call is left alone.
  const paused = new Map<string, number>()
  const unfinished = () => [...active.values()].filter(({ submission }) => !isFinished(submission))

  return {
    unfinished,
    all: (): OutboxEntry[] => [...active.values()],
    get: (key: string): OutboxEntry | undefined => active.get(key),
    add: (entry: OutboxEntry): void => {
      active.set(entry.key, entry)
    },
    /** Takes over how far a call came. Its haste may have grown while it was at work. */
    keep: (entry: OutboxEntry): void => {
      const { key, submission } = entry
      const timing = active.get(key)?.timing ?? entry.timing
      if (isFinal(submission)) active.delete(key)
      else active.set(key, { ...entry, timing })
      if (submission.phase !== 'intended') paused.delete(key)
    },
    pause: (key: string, forMs: number): void => {
      paused.set(key, clock.nowMs() + forMs)
    },
    isPaused: ({ key, submission }: OutboxEntry): boolean =>
      submission.phase === 'intended' && (paused.get(key) ?? 0) > clock.nowMs(),
    /** Nonces below are used, or will be. */
    nonceAtLeast: (): number => {
      const versions = [...active.values()].flatMap(({ submission }) => versionsOf(submission))
      return Math.max(-1, ...versions.map(({ nonce }) => nonce)) + 1
    },
  }
}

export type LaneState = ReturnType<typeof createLaneState>

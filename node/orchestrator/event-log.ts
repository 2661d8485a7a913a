import type { Emit, EventLog, StampedEvent } from '../../protocols/control/index.ts'
import type { Clock } from '../ports/index.ts'

/** Numbers events, keeps the last `capacity` of them, and tells every subscriber. What programs write is told under the last number and not kept. */
export const createEventLog = (
  { clock }: { clock: Clock },
  { capacity = 10_000 }: { capacity?: number } = {},
): EventLog & { emit: Emit } => {
  let kept: StampedEvent[] = []
  let seq = 0
  const listeners = new Set<(event: StampedEvent) => void>()
  return {
    emit: (event) => {
      if (event.type === 'task.output') {
        const passing = { ...event, seq, at: clock.nowMs() }
        for (const listener of listeners) listener(passing)
        return
      }
      seq += 1
      const stamped = { ...event, seq, at: clock.nowMs() }
      kept.push(stamped)
      // Cut in bulk: dropping the oldest one by one would copy the array at every event.
      if (kept.length > 2 * capacity) kept = kept.slice(-capacity)
      for (const listener of listeners) listener(stamped)
    },
    since: (after) => kept.slice(-capacity).filter((event) => event.seq > after),
    last: () => seq,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

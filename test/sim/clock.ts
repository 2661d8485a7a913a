import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../node/ports/index.ts'

/** Time that passes only through events: a simulation takes as long as its work, not as long as its story. */
export type SimClock = Clock & {
  /** Calls back after `ms`. */
  after(ms: number, action: () => void): void
  /** Plays every event of the next `ms`, in order, letting all that follows from each settle. */
  play(ms: number): Promise<void>
  /** The same time as a machine sees it whose clock is wrong by `ms`. */
  wrongBy(ms: number): Clock
}

type Event = { due: number; order: number; action: () => void }

const isBefore = (one: Event, other: Event): boolean =>
  one.due < other.due || (one.due === other.due && one.order < other.order)

/** A binary heap: the earliest event first, and of two at once the one that was planned first. */
const createAgenda = () => {
  const events: Event[] = []
  const at = (index: number) => events[index] as Event
  const swap = (one: number, other: number): void => {
    const kept = at(one)
    events[one] = at(other)
    events[other] = kept
  }
  const rise = (start: number): void => {
    for (let index = start; index > 0; ) {
      const parent = (index - 1) >> 1
      if (!isBefore(at(index), at(parent))) return
      swap(index, parent)
      index = parent
    }
  }
  const sink = (): void => {
    for (let index = 0; ; ) {
      const children = [2 * index + 1, 2 * index + 2].filter((child) => child < events.length)
      const first = children.reduce(
        (best, child) => (isBefore(at(child), at(best)) ? child : best),
        index,
      )
      if (first === index) return
      swap(index, first)
      index = first
    }
  }
  return {
    add: (event: Event): void => {
      events.push(event)
      rise(events.length - 1)
    },
    next: (): Event | undefined => events[0],
    remove: (): void => {
      const last = events.pop()
      if (last === undefined || events.length === 0) return
      events[0] = last
      sink()
    },
  }
}

export const createSimClock = (startSeconds = 1_750_000_000): SimClock => {
  const agenda = createAgenda()
  let nowMs = startSeconds * 1000
  let order = 0
  const after = (ms: number, action: () => void): void =>
    agenda.add({ due: nowMs + Math.max(0, Math.round(ms)), order: order++, action })
  const wait: Clock['wait'] = (ms, { signal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => reject(signal?.reason)
      signal?.addEventListener('abort', abort, { once: true })
      after(ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
    })
  /** All events of one millisecond, then whatever they set off. */
  const playMoment = async (): Promise<void> => {
    for (let event = agenda.next(); event && event.due <= nowMs; event = agenda.next()) {
      agenda.remove()
      event.action()
    }
    await setImmediate()
  }
  return {
    now: () => Math.floor(nowMs / 1000),
    nowMs: () => nowMs,
    wait,
    after,
    play: async (ms) => {
      const end = nowMs + ms
      await setImmediate()
      for (let event = agenda.next(); event && event.due <= end; event = agenda.next()) {
        nowMs = Math.max(nowMs, event.due)
        await playMoment()
      }
      nowMs = end
    },
    wrongBy: (ms) => ({
      now: () => Math.floor((nowMs + ms) / 1000),
      nowMs: () => nowMs + ms,
      wait,
    }),
  }
}

import type { UnixSeconds } from '../../protocols/common/index.ts'
import type { Clock } from '../ports/index.ts'

/** Places for tasks, held by key until released or until their time is up. */
export type Capacity = {
  free(): number
  /** Places for agents that nothing is known of: a quarter is kept from them, for whoever has many names. */
  freeForStrangers(): number
  /** Holds a place, or moves the time of one already held; false if none is free. */
  reserve(key: string, until: UnixSeconds): boolean
  release(key: string): void
  /** Places in use, in percent. */
  load(): number
}

/** `slots` is how many tasks this machine takes on at once, running and promised together. */
export const createCapacity = (
  { clock }: { clock: Clock },
  { slots }: { slots: number },
): Capacity => {
  const held = new Map<string, UnixSeconds>()
  const inUse = (): number => {
    for (const [key, until] of held) if (until <= clock.now()) held.delete(key)
    return held.size
  }
  const free = (): number => Math.max(0, slots - inUse())
  return {
    free,
    freeForStrangers: () => Math.max(0, free() - Math.floor(slots / 4)),
    reserve: (key, until) => {
      const hasPlace = free() > 0 || held.has(key)
      if (hasPlace) held.set(key, until)
      return hasPlace
    },
    release: (key) => void held.delete(key),
    load: () => (slots === 0 ? 100 : Math.round((100 * inUse()) / slots)),
  }
}

/**
 * A map for entries that strangers send. Past `max` entries the oldest of the source with the most goes: a source that floods loses
 * its own entries, never those of a quieter one.
 */
export type FairMap<Key, Value> = {
  get(key: Key): Value | undefined
  has(key: Key): boolean
  /** Adds an entry, or replaces the value of one that stays as old as it is. */
  set(key: Key, value: Value, source: string): void
  size(): number
  /** Oldest first. */
  values(): IterableIterator<Value>
}

type Entry<Value> = { value: Value; source: string }

export const createFairMap = <Key, Value>(
  max: number,
  isSpared: (value: Value) => boolean = () => false,
): FairMap<Key, Value> => {
  const entries = new Map<Key, Entry<Value>>()
  const bySource = new Map<string, Set<Key>>()

  const drop = (key: Key, source: string): void => {
    entries.delete(key)
    const keys = bySource.get(source)
    keys?.delete(key)
    if (keys?.size === 0) bySource.delete(source)
  }
  const dropOldestOf = (source: string, keys: ReadonlySet<Key>): boolean => {
    for (const key of keys) {
      const entry = entries.get(key)
      if (!entry || isSpared(entry.value)) continue
      drop(key, source)
      return true
    }
    return false
  }
  const evict = (): void => {
    const heaviest = [...bySource].sort(([, one], [, other]) => other.size - one.size)
    for (const [source, keys] of heaviest) if (dropOldestOf(source, keys)) return
  }

  return {
    get: (key) => entries.get(key)?.value,
    has: (key) => entries.has(key),
    set: (key, value, source) => {
      const earlier = entries.get(key)
      if (earlier) {
        earlier.value = value
        return
      }
      entries.set(key, { value, source })
      const keys = bySource.get(source) ?? new Set()
      bySource.set(source, keys.add(key))
      if (entries.size > max) evict()
    },
    size: () => entries.size,
    values: function* () {
      for (const { value } of entries.values()) yield value
    },
  }
}

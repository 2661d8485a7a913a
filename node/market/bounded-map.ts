/** A map for keys that strangers choose: past `max` entries the oldest goes. */
export type BoundedMap<Key, Value> = {
  get(key: Key): Value | undefined
  has(key: Key): boolean
  /** Makes the entry the newest. */
  set(key: Key, value: Value): void
  delete(key: Key): void
  /** Oldest first. */
  values(): IterableIterator<Value>
}

export const createBoundedMap = <Key, Value>(
  max: number,
  isSpared: (value: Value) => boolean = () => false,
): BoundedMap<Key, Value> => {
  const entries = new Map<Key, Value>()
  const evict = (): void => {
    for (const [key, value] of entries) {
      if (isSpared(value)) continue
      entries.delete(key)
      return
    }
  }
  return {
    get: (key) => entries.get(key),
    has: (key) => entries.has(key),
    set: (key, value) => {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > max) evict()
    },
    delete: (key) => void entries.delete(key),
    values: () => entries.values(),
  }
}

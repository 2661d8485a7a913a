/** A map for keys that strangers choose: past `limit` entries it forgets the one untouched for longest. */
export type BoundedMap<Key, Value> = {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
  delete(key: Key): void
  readonly size: number
}

export const createBoundedMap = <Key, Value>(limit: number): BoundedMap<Key, Value> => {
  const entries = new Map<Key, Value>()
  const touch = (key: Key, value: Value) => {
    entries.delete(key)
    entries.set(key, value)
  }
  return {
    get: (key) => {
      const value = entries.get(key)
      if (value !== undefined) touch(key, value)
      return value
    },
    set: (key, value) => {
      touch(key, value)
      if (entries.size > limit) entries.delete(entries.keys().next().value as Key)
    },
    delete: (key) => {
      entries.delete(key)
    },
    get size() {
      return entries.size
    },
  }
}

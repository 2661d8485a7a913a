/** One kind of record. `upgrade` turns the value of an older version into the current shape. */
export type RecordKind<T> = {
  name: string
  version: number
  upgrade?: (value: unknown, version: number) => T
}

/** A pending change: made by a collection, carried out by `commit`. */
export type Write = { readonly collection: string; readonly key: string; readonly value: unknown }

export type KeyRange = { gt?: string; gte?: string; lt?: string; reverse?: boolean; limit?: number }

/** Values hold plain data: objects, arrays, strings, numbers, booleans, null, bigint and Uint8Array. */
export type Collection<T> = {
  get(key: string): Promise<T | undefined>
  put(key: string, value: T): Write
  remove(key: string): Write
  /** In key order. */
  list(range?: KeyRange): AsyncIterable<[key: string, value: T]>
}

/** The node's durable memory. */
export type Store = {
  collection<T>(kind: RecordKind<T>): Collection<T>
  /**
   * Applies all writes or none; resolves only once they are synced to disk. Concurrent commits share one sync, and take effect in the
   * order in which they were made.
   */
  commit(writes: readonly Write[]): Promise<void>
  stop(): Promise<void>
}

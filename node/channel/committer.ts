import type { Write } from '../ports/index.ts'

/** Makes what many channels have decided durable together. */
export type Committer = {
  /**
   * Resolves once the writes are on disk. A later write to the same record takes the place of one that still waits. Lazy writes ask
   * for no sync of their own while others are about to come: they may be lost without harm.
   */
  commit(writes: readonly Write[], options?: { isLazy?: boolean }): Promise<void>
}

type Group = PromiseWithResolvers<void> & { writes: Map<string, Write> }

const newGroup = (): Group => {
  const group = { ...Promise.withResolvers<void>(), writes: new Map() }
  group.promise.catch(() => {})
  return group
}

/** Everything that is decided while one sync to disk lasts shares the next one. */
export const createCommitter = (commit: (writes: readonly Write[]) => Promise<void>): Committer => {
  let gathering: Group | null = null
  let isWriting = false

  const start = (): void => {
    if (gathering === null || isWriting) return
    const { writes, resolve, reject } = gathering
    gathering = null
    isWriting = true
    const end = () => {
      isWriting = false
      start()
    }
    commit([...writes.values()])
      .then(resolve, reject)
      .finally(end)
  }

  return {
    commit: (writes, { isLazy = false } = {}) => {
      gathering ??= newGroup()
      const { promise } = gathering
      for (const write of writes) gathering.writes.set(`${write.collection} ${write.key}`, write)
      if (isLazy) setImmediate(start)
      else queueMicrotask(start)
      return promise
    },
  }
}

import type { Inspected } from '../frames/index.ts'
import type { Disk } from './disk.ts'

/** Judged and metered modules by key: in memory, then on disk, then made. */
export type ModuleStore = {
  open(): Promise<void>
  /** What is known under the key; `make` is asked where nothing is, once however many ask at the same time. */
  obtain(key: string, make: () => Promise<Inspected>): Promise<Inspected>
}

const ENTRIES_MAX = 1_024
const INSPECTION_BYTES = 4_096

const weightOf = ({ metered }: Inspected): number => INSPECTION_BYTES + (metered?.length ?? 0)

/** Keeps the last ones asked for, within a weight in bytes. */
const createRecent = (maxBytes: number) => {
  const kept = new Map<string, Inspected>()
  let total = 0
  const remove = (key: string, found: Inspected) => {
    kept.delete(key)
    total -= weightOf(found)
  }
  return {
    get: (key: string): Inspected | undefined => {
      const found = kept.get(key)
      if (!found) return undefined
      kept.delete(key)
      kept.set(key, found)
      return found
    },
    add: (key: string, inspected: Inspected): void => {
      const before = kept.get(key)
      if (before) remove(key, before)
      kept.set(key, inspected)
      total += weightOf(inspected)
      for (const [oldest, found] of kept) {
        if (total <= maxBytes && kept.size <= ENTRIES_MAX) return
        remove(oldest, found)
      }
    },
  }
}

/** Refusals are kept in memory only: there is no end to modules that may not run. */
export const createModuleStore = (
  { disk }: { disk: Disk | null },
  { memoryBytes }: { memoryBytes: number },
): ModuleStore => {
  const recent = createRecent(memoryBytes)
  const pending = new Map<string, Promise<Inspected>>()

  const find = async (key: string, make: () => Promise<Inspected>): Promise<Inspected> => {
    const kept = await disk?.get(key)
    if (kept) return kept
    const made = await make()
    const { inspection, metered } = made
    if (metered) await disk?.put(key, { inspection, metered })
    return made
  }

  return {
    open: async () => disk?.open(),
    obtain: async (key, make) => {
      const known = recent.get(key)
      if (known) return known
      const underWay = pending.get(key)
      if (underWay !== undefined) return underWay
      const work = find(key, make).finally(() => pending.delete(key))
      pending.set(key, work)
      const found = await work
      recent.add(key, found)
      return found
    },
  }
}

import type { ModuleInspection } from '../../../ports/index.ts'
import { prepareModule } from '../module/index.ts'

export type CachedModule = { inspection: ModuleInspection; module: WebAssembly.Module | null }

export type ModuleCache = {
  get(hash: string, memoryPages: number): CachedModule | undefined
  add(hash: string, memoryPages: number, bytes: Uint8Array): CachedModule
}

const ENTRIES_MAX = 16
const BYTES_MAX = 64 << 20

/** Keeps the modules used last, compiled, within a number and a size. */
export const createModuleCache = ({ compile }: { compile: boolean }): ModuleCache => {
  const entries = new Map<string, CachedModule & { bytes: number }>()
  const keyOf = (hash: string, memoryPages: number) => `${hash}:${memoryPages}`
  const evict = () => {
    let total = [...entries.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    for (const [key, { bytes }] of entries) {
      if (entries.size <= 1 || (entries.size <= ENTRIES_MAX && total <= BYTES_MAX)) return
      entries.delete(key)
      total -= bytes
    }
  }
  return {
    get: (hash, memoryPages) => {
      const key = keyOf(hash, memoryPages)
      const found = entries.get(key)
      if (!found) return undefined
      entries.delete(key)
      entries.set(key, found)
      return found
    },
    add: (hash, memoryPages, bytes) => {
      const { inspection, metered } = prepareModule(bytes, { memoryPages })
      const module =
        metered && compile ? new WebAssembly.Module(metered as Uint8Array<ArrayBuffer>) : null
      const entry = { inspection, module, bytes: metered?.length ?? 0 }
      entries.set(keyOf(hash, memoryPages), entry)
      evict()
      return entry
    },
  }
}

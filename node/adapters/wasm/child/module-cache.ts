/** Metered modules, compiled, by their keys. */
export type ModuleCache = {
  get(key: string): WebAssembly.Module | undefined
  /** Compiles and keeps; throws what the compiler throws. */
  add(key: string, metered: Uint8Array): WebAssembly.Module
}

/** Told of each module before it is compiled or run: functions are compiled when they are first called. */
export type ChooseCompiler = (metered: { bytes: number }) => void

const ENTRIES_MAX = 16
const BYTES_MAX = 64 << 20

/** Keeps the modules used last, compiled, within a number and a size. */
export const createModuleCache = (chooseCompiler: ChooseCompiler): ModuleCache => {
  const entries = new Map<string, { module: WebAssembly.Module; bytes: number }>()
  let total = 0
  const evict = () => {
    for (const [key, { bytes }] of entries) {
      if (entries.size <= 1 || (entries.size <= ENTRIES_MAX && total <= BYTES_MAX)) return
      entries.delete(key)
      total -= bytes
    }
  }
  return {
    get: (key) => {
      const found = entries.get(key)
      if (!found) return undefined
      entries.delete(key)
      entries.set(key, found)
      chooseCompiler(found)
      return found.module
    },
    add: (key, metered) => {
      chooseCompiler({ bytes: metered.length })
      const module = new WebAssembly.Module(metered as Uint8Array<ArrayBuffer>)
      total += metered.length - (entries.get(key)?.bytes ?? 0)
      entries.set(key, { module, bytes: metered.length })
      evict()
      return module
    },
  }
}

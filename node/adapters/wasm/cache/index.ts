// Keeps metered modules, so that none is judged twice: in memory, and on disk, where what is read is verified. Knows no children.

export { createDisk } from './disk.ts'
export type { Digest } from './entry.ts'
export { createModuleStore, type ModuleStore } from './module-store.ts'

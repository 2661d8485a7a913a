// The node's durable memory on disk: versioned records in one database per agent and chain. Knows nothing of what the records mean.
export type { StoreFault } from './faults.ts'
export { type LevelStoreOptions, openLevelStore } from './level-store.ts'
export { decodeRecord, encodeRecord } from './record-bytes.ts'
export { createWriteEncoder, type EncodedWrite } from './write-encoder.ts'

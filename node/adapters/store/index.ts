// The node's durable memory on disk: versioned records in one database per agent and chain. Knows nothing of what the records mean.
export type { StoreFault } from './faults.ts'
export { decodeRecord, encodeRecord } from './record-bytes.ts'

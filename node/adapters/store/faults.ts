/** Why the node's memory refuses. */
export type StoreFault =
  | 'STORE_UNAVAILABLE'
  | 'RECORD_TOO_NEW'
  | 'RECORD_TOO_OLD'
  | 'RECORD_CORRUPT'
  | 'DATABASE_IN_USE'
  | 'DATABASE_OF_ANOTHER_AGENT'

/** Codes with which a task can end or be refused. */
export type TaskFault =
  | 'NOT_FOUND'
  | 'MODULE_INVALID'
  | 'BUDGET_INVALID'
  | 'ESCROW_UNAVAILABLE'
  | 'WRONG_PHASE'
  | 'NO_PEERS'
  | 'NO_BIDS'
  | 'NO_SIGNATURE'
  | 'FUNDING_FAILED'
  | 'START_TIMEOUT'
  | 'DELIVERY_TIMEOUT'
  | 'RESULT_MISMATCH'
  | 'CANCELLED'

/** Codes that one side of a deal answers the other with, or ends a deal with. */
export type DealFault =
  | 'DEAL_UNKNOWN'
  | 'DEAL_MALFORMED'
  | 'DEAL_OVER'
  | 'OFFER_INVALID'
  | 'BID_EXPIRED'
  | 'NO_CAPACITY'
  | 'CANCELLED'
  | 'START_TIMEOUT'
  | 'PROGRESS_INVALID'
  | 'RECEIPT_INVALID'
  | 'ACCEPTANCE_INVALID'
  | 'SLICE_UNPAID'
  | 'PROVIDER_RESTARTED'
  | 'ACCEPTANCE_TIMEOUT'

/** What to tell a person about any thrown value. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

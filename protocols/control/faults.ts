/** What the port itself answers with, and the HTTP status of each. */
export const CONTROL_FAULTS = {
  REQUEST_INVALID: 400,
  TOKEN_MISSING: 401,
  TOKEN_UNKNOWN: 401,
  SCOPE_MISSING: 403,
  HOST_NOT_ALLOWED: 403,
  ORIGIN_NOT_ALLOWED: 403,
  SPENDING_LIMIT_REACHED: 403,
  ROUTE_UNKNOWN: 404,
  NOT_FOUND: 404,
  WRONG_PHASE: 409,
  BODY_TOO_LARGE: 413,
  CONTENT_TYPE_UNSUPPORTED: 415,
  IDEMPOTENCY_CONFLICT: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  TOO_MANY_STREAMS: 503,
  NODE_STOPPING: 503,
} as const

/** What the client or the server around it can throw besides. */
export type ControlFault =
  | keyof typeof CONTROL_FAULTS
  | 'PORT_TAKEN'
  | 'ADDRESS_UNAVAILABLE'
  | 'TOKEN_FILE_UNSAFE'
  | 'NODE_UNREACHABLE'
  | 'ANSWER_INVALID'

// Codes of the steps below that mean something other than "the node refused".
const STEP_STATUS: Readonly<Record<string, number>> = {
  CHANNEL_UNKNOWN: 404,
  CONTENT_UNAVAILABLE: 404,
  CONTENT_TOO_LARGE: 413,
  MODULE_INVALID: 422,
  MANIFEST_INVALID: 422,
  LIMITS_TOO_HIGH: 422,
  BUDGET_INVALID: 422,
  CHAIN_UNREACHABLE: 503,
  STORE_UNAVAILABLE: 503,
  PEER_UNREACHABLE: 503,
  REQUEST_TIMEOUT: 504,
}

/** HTTP status of any fault code; 409 for one that only says that the node refused. */
export const statusOf = (code: string): number => {
  const known: Readonly<Record<string, number>> = CONTROL_FAULTS
  return known[code] ?? STEP_STATUS[code] ?? 409
}

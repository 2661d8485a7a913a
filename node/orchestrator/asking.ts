// How a provider asks its requester, and which answers it takes for the last word.
import { Fault } from '../../protocols/common/index.ts'
import type { DealRecord } from './deal-record.ts'
import type { DealFault } from './faults.ts'
import type { ProviderContext } from './provider-deps.ts'

/** Between two attempts to reach a requester, in milliseconds. */
export const RETRY_MS = 500

/** Answers that a requester does not change any more. Whatever else it says may be different once it is up again. */
const FINAL = new Set<string>([
  'DEAL_UNKNOWN',
  'DEAL_MALFORMED',
  'DEAL_OVER',
  'PROGRESS_INVALID',
  'RECEIPT_INVALID',
] satisfies DealFault[])

/** Whether the requester itself said no, for good. */
export const isFinal = (error: unknown): boolean =>
  error instanceof Fault && error.details.remote === true && FINAL.has(error.code)

/** One request to the requester of a deal. */
export const ask = (
  { options, talk }: ProviderContext,
  { requester }: DealRecord,
  type: string,
) => ({
  with: (body: Parameters<typeof talk.request>[1]['body'], signal: AbortSignal) =>
    talk.request(
      requester,
      { protocol: '/souk/deal/1', type, body },
      { timeoutMs: options.answerTimeoutMs, signal },
    ),
})

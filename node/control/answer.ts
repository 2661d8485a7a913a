import { Fault } from '../../protocols/common/index.ts'
import { problemOf } from '../../protocols/control/index.ts'
import type { Answer } from './idempotency.ts'

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** An answer in JSON. */
export const jsonAnswer = (value: unknown, status = 200): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
})

/** A thrown value as the problem document it is told as. */
export const problemAnswer = (error: unknown): Answer => {
  const problem = problemOf(error)
  return { status: problem.status, type: PROBLEM_TYPE, body: JSON.stringify(problem) }
}

const frameworkCodes: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'CONTENT_TYPE_UNSUPPORTED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'REQUEST_INVALID',
  FST_ERR_BAD_URL: 'REQUEST_INVALID',
}

/** Complaints of the HTTP framework about a request, as faults with our codes; any other value as it is. */
export const frameworkFault = (error: unknown): unknown => {
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  if (error instanceof Fault) return error
  const known = code === undefined ? undefined : frameworkCodes[code]
  if (known !== undefined) return new Fault(known, (error as Error).message)
  const isRequestsFault = statusCode !== undefined && statusCode >= 400 && statusCode < 500
  return isRequestsFault ? new Fault('REQUEST_INVALID', (error as Error).message) : error
}

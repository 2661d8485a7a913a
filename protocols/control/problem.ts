import { z } from 'zod'
import { Fault } from '../common/index.ts'
import { statusOf } from './faults.ts'

/** RFC 9457 problem document with the machine code; `errors` points at the faulty fields of a request. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>

const titleOf = (code: string): string => {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The document for a thrown value. What was not thrown on purpose is told without its message: it may hold anything. */
export const problemOf = (error: unknown): Problem => {
  const fault =
    error instanceof Fault ? error : new Fault('INTERNAL', 'The node failed; see its log')
  const { errors } = fault.details as { errors?: Problem['errors'] }
  return {
    type: `urn:souk:fault:${fault.code}`,
    title: titleOf(fault.code),
    status: statusOf(fault.code),
    detail: fault.message,
    code: fault.code,
    ...(errors && { errors }),
  }
}

/** The fault behind a problem document, `details.remote` set. */
export const faultOf = ({ code, detail, status, errors }: Problem): Fault =>
  new Fault(code, detail, { remote: true, status, ...(errors && { errors }) })

/** A schema's complaint as one fault with a line per field. */
export const invalidRequest = (error: z.ZodError): Fault<'REQUEST_INVALID'> => {
  const errors = error.issues.map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message,
  }))
  const lines = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message))
  return new Fault('REQUEST_INVALID', lines.join('; '), { errors })
}

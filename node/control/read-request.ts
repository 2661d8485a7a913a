import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { Fault } from '../../protocols/common/index.ts'
import { invalidRequest, type Route } from '../../protocols/control/index.ts'

const check = (schema: z.ZodType | undefined, value: unknown): unknown => {
  if (!schema) return undefined
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  throw invalidRequest(checked.error)
}

const notJson = (cause: unknown) => new Fault('REQUEST_INVALID', 'The body is not JSON', { cause })

const parseJson = (text: unknown): unknown => {
  try {
    return JSON.parse(String(text ?? ''))
  } catch (cause) {
    throw notJson(cause)
  }
}

const bodyOf = (route: Route, body: unknown): unknown => {
  if (route.body === undefined) return undefined
  if (route.body !== 'bytes') return check(route.body, parseJson(body))
  if (body instanceof Uint8Array) return body
  throw new Fault('CONTENT_TYPE_UNSUPPORTED', 'Send the bytes as application/octet-stream')
}

/** The parts of a request, each checked against the route's schema. */
export const readRequest = (
  route: Route,
  { params, query, body }: Pick<FastifyRequest, 'params' | 'query' | 'body'>,
) => ({
  params: check(route.params, params),
  query: check(route.query, query),
  body: bodyOf(route, body),
})

/** The Idempotency-Key of a request, null where none was sent. */
export const idempotencyKeyOf = ({ headers }: Pick<FastifyRequest, 'headers'>): string | null => {
  const key = headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw new Fault('REQUEST_INVALID', 'Idempotency-Key holds 1 to 200 printable characters')
}

/** A hash of everything a request says. */
export const fingerprintOf = ({
  method,
  url,
  body,
}: Pick<FastifyRequest, 'method' | 'url' | 'body'>): string =>
  createHash('sha256')
    .update(`${method} ${url}\n`)
    .update(typeof body === 'string' ? body : '')
    .digest('hex')

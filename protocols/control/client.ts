import { z } from 'zod'
import { Fault } from '../common/index.ts'
import { faultOf, Problem } from './problem.ts'
import type { Route, RouteName, Routes } from './routes.ts'
import { routes } from './routes.ts'

type Part<R, Key extends string> = R extends Record<Key, z.ZodType> ? z.input<R[Key]> : unknown
type BodyOf<R> = R extends { body: 'bytes' }
  ? { body: Uint8Array }
  : R extends { body: z.ZodType }
    ? { body: z.input<R['body']> }
    : unknown
type AnswerOf<R extends Route> = R['answer'] extends z.ZodType
  ? z.output<R['answer']>
  : R['answer'] extends 'bytes'
    ? Uint8Array
    : never

export type CallOptions = { idempotencyKey?: string; signal?: AbortSignal }

/** What a route is asked with: its path parameters and query, flat, and `body`. */
export type CallInput<Name extends RouteName> = Part<Routes[Name], 'params'> &
  Part<Routes[Name], 'query'> &
  BodyOf<Routes[Name]>

type Call<Name extends RouteName> =
  Record<never, never> extends CallInput<Name>
    ? (input?: CallInput<Name>, options?: CallOptions) => Promise<AnswerOf<Routes[Name]>>
    : (input: CallInput<Name>, options?: CallOptions) => Promise<AnswerOf<Routes[Name]>>

/** One method for each route. Throws the fault that the node answered, or NODE_UNREACHABLE. */
export type ControlClient = { [Name in Exclude<RouteName, 'events'>]: Call<Name> }

export type ControlClientOptions = {
  /** Such as http://127.0.0.1:7700 */
  url: string
  token: string
  fetch: typeof globalThis.fetch
}

type LooseInput = Readonly<Record<string, unknown>>

/** Path and query of a call: parameters fill the path, what is left becomes the query. */
export const targetOf = (route: Route, input: LooseInput): string => {
  const rest: Record<string, unknown> = { ...input }
  delete rest.body
  const path = route.path.replace(/:(\w+)/g, (_whole, name: string) => {
    const value = String(rest[name])
    delete rest[name]
    return encodeURIComponent(value)
  })
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined) query.set(name, String(value))
  }
  return query.size > 0 ? `${path}?${query}` : path
}

const requestOf = (route: Route, input: LooseInput): { headers: object; body?: BodyInit } => {
  if (route.body === undefined) return { headers: {} }
  if (route.body === 'bytes') {
    const headers = { 'content-type': 'application/octet-stream' }
    return { headers, body: input.body as BodyInit }
  }
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(input.body) }
}

const notJson = (cause: unknown) =>
  new Fault('ANSWER_INVALID', 'The answer is not JSON; is this a Souk node?', { cause })
const unreachable = (url: string, cause: unknown) =>
  new Fault('NODE_UNREACHABLE', `No node answers at ${url}; start one with souk start`, { cause })

const readJson = async (response: Response): Promise<unknown> => {
  try {
    return await response.json()
  } catch (cause) {
    throw notJson(cause)
  }
}

const readAnswer = async (route: Route, response: Response): Promise<unknown> => {
  // A node that is not ready says so with 503 and the same view.
  if (!response.ok && route !== routes.health) {
    const problem = Problem.safeParse(await readJson(response))
    if (problem.success) throw faultOf(problem.data)
    throw new Fault('ANSWER_INVALID', `The node answered with status ${response.status}`)
  }
  if (route.answer === 'bytes') return new Uint8Array(await response.arrayBuffer())
  if (route.answer === 'events') throw new Fault('ANSWER_INVALID', 'Events come over a WebSocket')
  const answer = route.answer.safeParse(await readJson(response))
  if (answer.success) return answer.data
  throw new Fault('ANSWER_INVALID', `The answer is malformed: ${z.prettifyError(answer.error)}`)
}

/** A typed client for a node's control port, one method for each route. */
export const createControlClient = ({ url, token, fetch }: ControlClientOptions): ControlClient => {
  const base = url.replace(/\/$/, '')
  const call = async (
    route: Route,
    input: LooseInput = {},
    { idempotencyKey, signal }: CallOptions = {},
  ): Promise<unknown> => {
    const { headers, ...rest } = requestOf(route, input)
    const init: RequestInit = {
      method: route.method,
      headers: {
        ...headers,
        authorization: `Bearer ${token}`,
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...rest,
      ...(signal && { signal }),
    }
    let response: Response
    try {
      response = await fetch(base + targetOf(route, input), init)
    } catch (cause) {
      throw unreachable(base, cause)
    }
    return readAnswer(route, response)
  }
  const methods = Object.entries(routes).map(([name, route]) => [
    name,
    (input?: LooseInput, options?: CallOptions) => call(route, input, options),
  ])
  return Object.fromEntries(methods) as ControlClient
}

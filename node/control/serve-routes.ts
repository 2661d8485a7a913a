import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toString as formatBytes } from 'uint8arrays'
import { Fault } from '../../protocols/common/index.ts'
import { isMutation, type Route, type RouteName, routes } from '../../protocols/control/index.ts'
import type { Chance, Log } from '../ports/index.ts'
import { jsonAnswer, problemAnswer } from './answer.ts'
import { authorize, presentedToken } from './authorize.ts'
import type { Handlers } from './call.ts'
import type { Answer, Idempotency } from './idempotency.ts'
import { fingerprintOf, idempotencyKeyOf, readRequest } from './read-request.ts'
import type { Grant, Tokens } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    grant: Grant | null
  }
}

export type RouteDeps = {
  handlers: Handlers
  idempotency: Idempotency
  tokens: Tokens
  rateLimit: (caller: string) => void
  chance: Chance
  log: Log
}

export type BodyLimits = { maxContentBytes: number; maxOrderBytes: number }

const MAX_SMALL_BODY = 64 * 1024

const bodyLimitOf = (route: Route, { maxContentBytes, maxOrderBytes }: BodyLimits): number => {
  if (route.body === 'bytes') return maxContentBytes
  return route.body === undefined ? MAX_SMALL_BODY : maxOrderBytes
}

type LooseHandler = (call: object) => Promise<unknown>

const createResponder = ({ handlers, idempotency, chance, log }: RouteDeps) => {
  const act = async (
    { name, route }: { name: Exclude<RouteName, 'events'>; route: Route },
    request: FastifyRequest,
    requestId: string,
  ): Promise<Answer | Uint8Array> => {
    try {
      const call = { ...readRequest(route, request), grant: request.grant, requestId }
      const value = await (handlers[name] as LooseHandler)(call)
      if (value instanceof Uint8Array) return value
      const isUnready = name === 'health' && (value as { isReady?: boolean }).isReady === false
      return jsonAnswer(value, isUnready ? 503 : 200)
    } catch (error) {
      if (!(error instanceof Fault)) log.error({ route: name, error }, 'request failed')
      return problemAnswer(error)
    }
  }
  return async (
    entry: { name: Exclude<RouteName, 'events'>; route: Route },
    request: FastifyRequest,
  ): Promise<(Answer & { isReplay?: boolean }) | Uint8Array> => {
    const key = isMutation(entry.route) ? idempotencyKeyOf(request) : null
    if (key === null) return act(entry, request, formatBytes(chance.bytes(32), 'base16'))
    const claim = { grant: request.grant?.name ?? '', key, fingerprint: fingerprintOf(request) }
    return idempotency.once(
      claim,
      async (requestId) => (await act(entry, request, requestId)) as Answer,
    )
  }
}

/** Callers are told apart by their token, strangers by their address. */
const admit = (
  { tokens, rateLimit }: RouteDeps,
  { scope }: Pick<Route, 'scope'>,
  request: FastifyRequest,
): Grant | null => {
  const presented = presentedToken(request.headers)
  const known = presented === null ? null : tokens.find(presented)
  rateLimit(known === null ? `address ${request.ip}` : `token ${known.name}`)
  return scope === 'public' ? null : authorize(tokens, { presented, scope })
}

/** Gives every route of the registry (but the event stream) its place on the server. */
export const serveRoutes = (app: FastifyInstance, deps: RouteDeps, limits: BodyLimits): void => {
  const respond = createResponder(deps)
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    if (name === 'events') continue
    app.route({
      method: route.method,
      url: route.path,
      bodyLimit: bodyLimitOf(route, limits),
      // Before the body is read: a stranger's bytes are never taken in.
      onRequest: async (request) => {
        request.grant = admit(deps, route, request)
      },
      handler: async (request, reply: FastifyReply) => {
        const answer = await respond({ name, route }, request)
        if (answer instanceof Uint8Array) {
          return reply.type('application/octet-stream').send(Buffer.from(answer))
        }
        if (answer.isReplay) reply.header('idempotency-replayed', 'true')
        return reply.status(answer.status).type(answer.type).send(answer.body)
      },
    })
  }
}

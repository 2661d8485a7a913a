import websocket from '@fastify/websocket'
import { type FastifyInstance, fastify } from 'fastify'
import { Fault } from '../../protocols/common/index.ts'
import { EVENTS_PROTOCOL, type NodeApi } from '../../protocols/control/index.ts'
import type { Chance, Clock, Log, Store } from '../ports/index.ts'
import { frameworkFault, problemAnswer } from './answer.ts'
import { createEventHub, type EventHub } from './event-hub.ts'
import { createHandlers } from './handlers.ts'
import { createIdempotency, type Idempotency } from './idempotency.ts'
import { createOriginGuard } from './origin-guard.ts'
import { createRateLimit } from './rate-limit.ts'
import { serveEvents } from './serve-events.ts'
import { serveRoutes } from './serve-routes.ts'
import { createSpending } from './spending.ts'
import type { Tokens } from './tokens.ts'

export type ControlDeps = {
  api: NodeApi
  tokens: Tokens
  clock: Clock
  chance: Chance
  log: Log
  store: Store
}

/** Sizes in bytes. */
export type AppLimits = {
  version: string
  maxContentBytes: number
  maxOrderBytes: number
  requestsPerSecond: number
  requestBurst: number
  maxStreams: number
  maxBufferedBytes: number
}

const MAX_INBOUND_MESSAGE = 4096
const PING_MS = 30_000

const createServer = async (): Promise<FastifyInstance> => {
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    requestTimeout: 120_000,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 256 },
  })
  app.decorateRequest('grant', null)
  app.removeAllContentTypeParsers()
  // Kept as text: the fingerprint of a request is taken over what was sent.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  app.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  )
  await app.register(websocket, {
    options: {
      maxPayload: MAX_INBOUND_MESSAGE,
      perMessageDeflate: false,
      // The token in the other offer must not be echoed.
      handleProtocols: (offered: Set<string>) =>
        offered.has(EVENTS_PROTOCOL) ? EVENTS_PROTOCOL : false,
    },
    errorHandler: (_error, socket) => socket.terminate(),
  })
  return app
}

const answerFaults = (app: FastifyInstance, log: Log): void => {
  app.setErrorHandler((error, _request, reply) => {
    const fault = frameworkFault(error)
    if (!(fault instanceof Fault)) log.error({ error }, 'request failed')
    else if (typeof fault.details.retryAfterSeconds === 'number') {
      reply.header('retry-after', fault.details.retryAfterSeconds)
    }
    const { status, type, body } = problemAnswer(fault)
    return reply.status(status).type(type).send(body)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]
    const { status, type, body } = problemAnswer(
      new Fault('ROUTE_UNKNOWN', `No route ${request.method} ${path}; see /openapi.json`),
    )
    return reply.status(status).type(type).send(body)
  })
}

/** The HTTP application; it answers no host until it is told its names. */
export type ControlApp = {
  app: FastifyInstance
  hub: EventHub
  idempotency: Idempotency
  allowHosts(hosts: readonly string[]): void
}

/** Puts guards, routes and events together; listens on nothing. */
export const createControlApp = async (
  { api, tokens, clock, chance, log, store }: ControlDeps,
  limits: AppLimits,
): Promise<ControlApp> => {
  const { requestsPerSecond: perSecond, requestBurst: burst, version } = limits
  const app = await createServer()
  let guard = createOriginGuard([])
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    guard(request.headers)
  })
  answerFaults(app, log)
  const hub = createEventHub({ events: api.events, clock }, { ...limits, pingMs: PING_MS })
  const idempotency = createIdempotency({ store, clock })
  const rateLimit = createRateLimit({ clock }, { perSecond, burst })
  const handlers = createHandlers({ api, spending: createSpending({ store, clock, api }), version })
  serveRoutes(app, { handlers, idempotency, tokens, rateLimit, chance, log }, limits)
  serveEvents(app, { hub, tokens, clock, rateLimit })
  const allowHosts = (hosts: readonly string[]) => {
    guard = createOriginGuard(hosts)
  }
  return { app, hub, idempotency, allowHosts }
}

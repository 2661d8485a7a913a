import websocket from '@fastify/websocket'
import { type FastifyInstance, fastify } from 'fastify'
import { Fault } from '../../protocols/common/index.ts'
import { EVENTS_PROTOCOL, type NodeApi } from '../../protocols/control/index.ts'
import type { Chance, Clock, Log, Store } from '../ports/index.ts'
import { frameworkFault, problemAnswer } from './answer.ts'
import { createEventHub, type EventHub } from './event-hub.ts'
import { createHandlers } from './handlers.ts'
import { createIdempotency, type Idempotency } from './idempotency.ts'
import { createOriginGuard, loopbackHosts } from './origin-guard.ts'
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

/** Sizes in bytes; `port` 0 takes a free one; `allowedHosts` are further names (with port) under which a proxy serves the port. */
export type ControlOptions = {
  host?: string
  port?: number
  version?: string
  allowedHosts?: readonly string[]
  maxContentBytes?: number
  maxOrderBytes?: number
  requestsPerSecond?: number
  requestBurst?: number
  maxStreams?: number
  maxBufferedBytes?: number
}

export type ControlServer = {
  /** Throws PORT_TAKEN or ADDRESS_UNAVAILABLE. */
  start(): Promise<{ url: string }>
  stop(): Promise<void>
}

const MIB = 1024 * 1024
const defaults = {
  host: '127.0.0.1',
  port: 0,
  version: '0.0.0',
  allowedHosts: [] as readonly string[],
  maxContentBytes: 64 * MIB,
  maxOrderBytes: 32 * MIB,
  requestsPerSecond: 100,
  requestBurst: 300,
  maxStreams: 64,
  maxBufferedBytes: 8 * MIB,
}
const MAX_INBOUND_MESSAGE = 4096
const PING_MS = 30_000

const isLoopback = (host: string): boolean => /^(127\.|localhost$|::1$)/.test(host)
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

const listenFault = (error: unknown, { host, port }: { host: string; port: number }) => {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new Fault(
      'PORT_TAKEN',
      `Port ${port} of ${host} is taken: stop the other program, or choose another port for the control port`,
      { cause: error, host, port },
    )
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES') {
    return new Fault('ADDRESS_UNAVAILABLE', `Cannot listen on ${host} port ${port} (${code})`, {
      cause: error,
      host,
      port,
    })
  }
  return error
}

const createApp = async (): Promise<FastifyInstance> => {
  const app = fastify({
    logger: false,
    disableRequestLogging: true,
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

type Settings = Required<ControlOptions>
type Parts = { hub: EventHub; idempotency: Idempotency }

const assemble = (
  app: FastifyInstance,
  { api, tokens, clock, chance, log, store }: ControlDeps,
  settings: Settings,
): Parts => {
  const { requestsPerSecond: perSecond, requestBurst: burst, version } = settings
  const hub = createEventHub({ events: api.events, clock }, { ...settings, pingMs: PING_MS })
  const idempotency = createIdempotency({ store, clock })
  const rateLimit = createRateLimit({ clock }, { perSecond, burst })
  const spending = createSpending({ store, clock, api })
  const handlers = createHandlers({ api, spending, version })
  const routeDeps = { handlers, idempotency, tokens, rateLimit, chance, log }
  serveRoutes(app, routeDeps, settings)
  serveEvents(app, { hub, tokens, clock, rateLimit })
  return { hub, idempotency }
}

const listen = async (app: FastifyInstance, { host, port }: Settings): Promise<number> => {
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw listenFault(error, { host, port })
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

/** The node's HTTP port: the registry's routes over one NodeApi. Nothing listens before start. */
export const createControlServer = (
  deps: ControlDeps,
  options: ControlOptions = {},
): ControlServer => {
  const settings: Settings = { ...defaults, ...options }
  const { host, allowedHosts } = settings
  let app: FastifyInstance | null = null
  let hub: EventHub | null = null

  return {
    start: async () => {
      app = await createApp()
      let guard = createOriginGuard([])
      app.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
        guard(request.headers)
      })
      answerFaults(app, deps.log)
      const parts = assemble(app, deps, settings)
      hub = parts.hub
      await parts.idempotency.prune()
      const port = await listen(app, settings)
      guard = createOriginGuard([
        ...loopbackHosts(port),
        `${bracketed(host)}:${port}`,
        ...allowedHosts,
      ])
      hub.start()
      if (!isLoopback(host)) {
        deps.log.warn(
          { host, port },
          'the control port is open to other machines: put TLS before it',
        )
      }
      return { url: `http://${bracketed(host)}:${port}` }
    },
    stop: async () => {
      hub?.stop()
      await app?.close()
      app = null
    },
  }
}

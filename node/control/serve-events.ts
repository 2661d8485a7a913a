import type { WebSocket } from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Fault, faultCode } from '../../protocols/common/index.ts'
import { EventsQuery, invalidRequest, routes } from '../../protocols/control/index.ts'
import type { Clock } from '../ports/index.ts'
import { authorize, presentedToken } from './authorize.ts'
import type { EventHub } from './event-hub.ts'
import type { Tokens } from './tokens.ts'

const CLOSE_REFUSED = 4401
const FIRST_MESSAGE_MS = 5000

/** First message of a client that cannot set a sub-protocol. */
const FirstMessage = z.strictObject({ token: z.string().max(200) })

type EventDeps = {
  hub: EventHub
  tokens: Tokens
  clock: Clock
  rateLimit: (caller: string) => void
}

const cursorOf = (query: unknown): number | undefined => {
  const checked = EventsQuery.safeParse(query)
  if (!checked.success) throw invalidRequest(checked.error)
  return checked.data.after
}

const tokenIn = (data: unknown): string | null => {
  try {
    return FirstMessage.parse(JSON.parse(String(data))).token
  } catch {
    return null
  }
}

/** Waits for a first message with a good token; closes the socket on anything else. */
const authorizeLater = (
  { tokens, clock }: EventDeps,
  { socket, onAuthorized }: { socket: WebSocket; onAuthorized: () => void },
): void => {
  const answered = new AbortController()
  const refuse = (code: string) => socket.close(CLOSE_REFUSED, code)
  const isLate = clock.wait(FIRST_MESSAGE_MS, { signal: answered.signal })
  isLate.then(() => refuse('TOKEN_MISSING')).catch(() => undefined)
  socket.once('close', () => answered.abort())
  socket.once('message', (data) => {
    answered.abort()
    try {
      authorize(tokens, { presented: tokenIn(data), scope: 'read' })
      onAuthorized()
    } catch (error) {
      refuse(faultCode(error))
    }
  })
}

/** Puts the event stream on the server: a WebSocket, its token in a sub-protocol or in the first message. */
export const serveEvents = (app: FastifyInstance, deps: EventDeps): void => {
  const { hub, tokens, rateLimit } = deps
  app.route({
    method: 'GET',
    url: routes.events.path,
    onRequest: async (request) => {
      rateLimit(`address ${request.ip}`)
      const presented = presentedToken(request.headers)
      // Whoever shows no token yet may still do so in the first message.
      if (presented !== null || !request.ws) authorize(tokens, { presented, scope: 'read' })
      cursorOf(request.query)
      hub.makeRoom()
    },
    handler: () => {
      throw new Fault('REQUEST_INVALID', 'Events come over a WebSocket')
    },
    wsHandler: (socket: WebSocket, request: FastifyRequest) => {
      const start = () => hub.add(socket, cursorOf(request.query))
      if (presentedToken(request.headers) !== null) start()
      else authorizeLater(deps, { socket, onAuthorized: start })
    },
  })
}

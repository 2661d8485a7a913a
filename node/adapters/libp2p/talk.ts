import type { Connection, Stream } from '@libp2p/interface'
import type { Address, CborValue, PeerId } from '../../../protocols/common/index.ts'
import { Fault, faultCode } from '../../../protocols/common/index.ts'
import { type NetworkFault, REQUEST_TIMEOUT_MS } from '../../../protocols/network/index.ts'
import type { Remote, Talk, TalkHandler, TalkProtocol, TalkRequest } from '../../ports/index.ts'
import type { Core } from './core.ts'
import type { Dht } from './dht.ts'
import type { Host } from './host.ts'
import type { Joining } from './joining.ts'
import type { Presence } from './presence.ts'
import type { Session } from './session.ts'
import { createSessions, type Sessions } from './sessions.ts'

const PROTOCOLS: readonly TalkProtocol[] = ['/souk/deal/1', '/souk/channel/1', '/souk/tower/1']
/** The protocol over which peers that just connected prove who they are. */
const GREETING_PROTOCOL: TalkProtocol = '/souk/deal/1'
const GREETING_TRIES = 3
const MAX_STREAMS = 4

export type TalkParts = { dht: Dht; joining: Joining; presence: Presence }

export type TalkService = { talk: Talk; start(host: Host): Promise<void>; stop(): void }

const fault = (code: NetworkFault, message: string, details: Record<string, unknown> = {}) =>
  new Fault<NetworkFault>(code, message, details)

type Handlers = Map<string, TalkHandler>

const answerWith =
  (handlers: Handlers) =>
  async ({ protocol, type, body }: TalkRequest, from: Remote): Promise<CborValue> => {
    const handler = handlers.get(`${protocol} ${type}`)
    if (!handler) throw fault('REQUEST_UNKNOWN', 'The other side does not serve this request')
    return handler(body, from)
  }

/** A session with an agent, by what is known of it or else by its record in the DHT. */
const reachAgent = async (
  { core, sessions, dht }: { core: Core; sessions: Sessions; dht: Dht },
  { agent, protocol }: { agent: Address; protocol: TalkProtocol },
  signal: AbortSignal,
): Promise<Session> => {
  const tried = new Set<PeerId>()
  let cause: unknown
  for (const find of [core.directory.bindingOf, (who: Address) => dht.findBinding(who, signal)]) {
    const binding = await find(agent)
    if (!binding || tried.has(binding.peerId)) continue
    tried.add(binding.peerId)
    try {
      const session = await sessions.reach(binding.peerId, protocol, signal)
      if ((await session.ready).agent === agent) return session
    } catch (error) {
      cause = error
    }
  }
  throw fault('PEER_UNREACHABLE', 'No way to this agent was found', {
    agent,
    reason: cause === undefined ? 'PEER_UNKNOWN' : faultCode(cause),
    cause,
  })
}

const greet = async (core: Core, sessions: Sessions, connection: Connection): Promise<void> => {
  const peer = connection.remotePeer.toString()
  const isWelcome = () => connection.status === 'open' && !core.gate.isBanned(peer)
  for (let tries = 0; tries < GREETING_TRIES && isWelcome(); tries += 1) {
    try {
      await sessions.reach(peer, GREETING_PROTOCOL, core.session.signal)
      return
    } catch (error) {
      core.deps.log.debug({ peer, code: faultCode(error) }, 'greeting failed')
    }
  }
}

const serveOn = async (core: Core, sessions: Sessions, host: Host): Promise<void> => {
  for (const protocol of PROTOCOLS) {
    const accept = (stream: Stream, connection: Connection) =>
      sessions.accept(protocol, stream, connection).catch((error) => {
        core.deps.log.debug({ error }, 'stream refused')
        stream.abort(error)
      })
    await host.handle(protocol, accept, {
      maxInboundStreams: MAX_STREAMS,
      maxOutboundStreams: MAX_STREAMS,
      runOnLimitedConnection: true,
    })
  }
}

const createRequest = (core: Core, sessions: Sessions, { dht, joining }: TalkParts) => {
  const find = (agent: Address, protocol: TalkProtocol): Session | null => {
    const binding = core.directory.bindingOf(agent)
    return binding && sessions.find(binding.peerId, protocol)
  }
  const reach = async (to: { agent: Address; protocol: TalkProtocol }, signals: AbortSignal[]) => {
    const signal = AbortSignal.any([core.session.signal, ...signals])
    const session = await reachAgent({ core, sessions, dht }, to, signal)
    // Who we talk money with is worth holding on to.
    if (to.protocol === '/souk/channel/1') joining.keep((await session.ready).peerId)
    return session
  }
  const request: Talk['request'] = async (
    agent,
    { protocol, type, body },
    { timeoutMs = REQUEST_TIMEOUT_MS, signal } = {},
  ) => {
    const open = find(agent, protocol)
    if (open) return open.request(type, body, { timeoutMs, signal })
    if (signal?.aborted) throw fault('REQUEST_CANCELLED', 'The asker gave up')
    const startedMs = performance.now()
    const late = AbortSignal.timeout(timeoutMs)
    try {
      const session = await reach({ agent, protocol }, signal ? [late, signal] : [late])
      const leftMs = Math.max(1, timeoutMs - (performance.now() - startedMs))
      return await session.request(type, body, { timeoutMs: leftMs, signal })
    } catch (error) {
      if (signal?.aborted) throw fault('REQUEST_CANCELLED', 'The asker gave up', { cause: error })
      throw error
    }
  }
  return request
}

export const createTalk = (core: Core, parts: TalkParts): TalkService => {
  const handlers: Handlers = new Map()
  const sessions = createSessions(core, {
    answer: answerWith(handlers),
    onProven: parts.presence.proven,
  })
  return {
    talk: {
      request: createRequest(core, sessions, parts),
      serve: (protocol, type, handler) => {
        handlers.set(`${protocol} ${type}`, handler)
      },
      onConnected: parts.presence.onConnected,
      onDisconnected: parts.presence.onDisconnected,
    },
    start: async (host) => {
      await serveOn(core, sessions, host)
      host.addEventListener('connection:open', ({ detail }) => {
        // The dialling side opens the stream; the other proves itself in its answer.
        if (detail.direction === 'outbound') greet(core, sessions, detail).catch(() => {})
      })
    },
    stop: () => sessions.endAll(fault('PEER_UNREACHABLE', 'The node is stopping')),
  }
}

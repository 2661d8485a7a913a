import type { Connection, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { CborValue, PeerId } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import {
  type HelloFrame,
  type NetworkFault,
  PROTOCOL_VERSION,
} from '../../../protocols/network/index.ts'
import type { Remote, TalkProtocol } from '../../ports/index.ts'
import { createBurst } from './burst.ts'
import { banPeer, type Core, requireHost } from './core.ts'
import { openBinding } from './identity.ts'
import { createSession, type Session } from './session.ts'
import { createTokenBuckets } from './token-bucket.ts'

const MAX_EXCESS = 2_000
const BAN_MS = 60_000
const TALK_WRITE_BUFFER = 9 << 20

/** Faults that a whole node is to blame for; others may be one stream's bad luck. */
const BANNED_FOR: ReadonlySet<string> = new Set([
  'WRONG_NETWORK',
  'BINDING_INVALID',
  'FRAME_INVALID',
  'FRAME_TOO_LARGE',
  'TOO_MANY_REQUESTS',
] satisfies NetworkFault[])

export type SessionEvents = {
  answer(
    request: { protocol: TalkProtocol; type: string; body: CborValue },
    from: Remote,
  ): Promise<CborValue>
  /** Someone proved who they are. */
  onProven(remote: Remote): void
}

/** The streams of a node: at most one each way per peer and protocol. */
export type Sessions = {
  accept(protocol: TalkProtocol, stream: Stream, connection: Connection): Promise<void>
  /** A session that is open now. */
  find(peer: PeerId, protocol: TalkProtocol): Session | null
  /** An open session, or a new one. Throws Fault PEER_UNREACHABLE. */
  reach(peer: PeerId, protocol: TalkProtocol, signal: AbortSignal): Promise<Session>
  endAll(reason: Fault): void
}

type Line = { inbound?: Session; outbound?: Session; opening?: Promise<Session> }

const fault = (code: NetworkFault, message: string, cause?: unknown) =>
  new Fault<NetworkFault>(code, message, { cause })

const identify = async (core: Core, peer: PeerId, { envelope }: HelloFrame): Promise<Remote> => {
  const { digest, recover, clock } = core.deps
  const known = core.directory.bindingOf
  const binding = await openBinding(envelope, { digest, recover, clock, known })
  if (binding.peerId !== peer || binding.agent === core.deps.signer.address) {
    throw fault('BINDING_INVALID', 'The binding is not for this peer')
  }
  core.directory.learn(binding)
  return { agent: binding.agent, peerId: peer }
}

const greeting = async (core: Core): Promise<HelloFrame> => ({
  kind: 'hello',
  version: PROTOCOL_VERSION,
  network: core.options.networkName,
  envelope: await core.identity.envelope(),
  maxInFlight: core.limits.maxInFlight,
})

/** Joins a session to the stream below it. */
const attach = (session: Session, stream: Stream): void => {
  const lost = () => session.end(fault('PEER_UNREACHABLE', 'The connection was lost'))
  stream.addEventListener('message', ({ data }) => session.feed(data.subarray()))
  stream.addEventListener('remoteCloseWrite', lost)
  stream.addEventListener('close', lost)
}

const createOpener = (core: Core, events: SessionEvents) => {
  const perPeer = createTokenBuckets(core.limits.requestsPerPeer)
  const inAll = createTokenBuckets(core.limits.requestsInAll)
  const refusals = ({ peerId }: Remote) => {
    const nowMs = core.deps.clock.nowMs()
    // Only the peer's own excess cuts its stream: the crowd is not its fault.
    return perPeer.take(peerId, nowMs) || Math.min(1, inAll.take('', nowMs))
  }
  return (
    protocol: TalkProtocol,
    stream: Stream,
    { peer, hello }: { peer: PeerId; hello: HelloFrame },
  ) => {
    stream.maxWriteBufferLength = TALK_WRITE_BUFFER
    const burst = createBurst({
      send: (bytes) => void stream.send(bytes),
      lost: (error) => session.end(fault('PEER_UNREACHABLE', 'The stream broke', error)),
    })
    const session: Session = createSession(
      {
        wire: { send: burst.send, abort: (reason) => stream.abort(reason) },
        hello,
        identify: (theirs) => identify(core, peer, theirs),
        answer: ({ type, body }, from) => events.answer({ protocol, type, body }, from),
        refusals,
        onEnd: ({ code }) => {
          core.deps.log.debug({ peer, protocol, code }, 'stream ended')
          if (BANNED_FOR.has(code)) banPeer(core, peer, { code, forMs: BAN_MS })
        },
      },
      {
        helloTimeoutMs: core.limits.helloTimeoutMs,
        maxInFlight: core.limits.maxInFlight,
        maxExcess: MAX_EXCESS,
      },
    )
    attach(session, stream)
    session.ready.then(events.onProven, () => {})
    return session
  }
}

const openOf = (line: Line | undefined): Session | null =>
  [line?.outbound, line?.inbound].find((session) => session?.isOpen()) ?? null

const createLines = () => {
  const lines = new Map<string, Line>()
  return {
    all: () => [...lines.values()],
    get: (peer: PeerId, protocol: TalkProtocol) => lines.get(`${peer} ${protocol}`),
    of: (peer: PeerId, protocol: TalkProtocol): Line => {
      const key = `${peer} ${protocol}`
      const line = lines.get(key) ?? {}
      lines.set(key, line)
      return line
    },
    /** Forgets lines on which nothing is left. */
    sweep: () => {
      for (const [key, { inbound, outbound, opening }] of lines) {
        if (!opening && !inbound?.isAlive() && !outbound?.isAlive()) lines.delete(key)
      }
    },
  }
}

export const createSessions = (core: Core, events: SessionEvents): Sessions => {
  const lines = createLines()
  const openSession = createOpener(core, events)
  const dial = async (peer: PeerId, protocol: TalkProtocol, line: Line): Promise<Session> => {
    try {
      const hello = await greeting(core)
      const signal = AbortSignal.any([
        core.session.signal,
        AbortSignal.timeout(core.limits.dialTimeoutMs),
      ])
      const stream = await requireHost(core).dialProtocol(peerIdFromString(peer), protocol, {
        signal,
        runOnLimitedConnection: true,
      })
      line.outbound = openSession(protocol, stream, { peer, hello })
    } catch (error) {
      throw fault('PEER_UNREACHABLE', 'The peer could not be reached', error)
    }
    await line.outbound.ready
    return line.outbound
  }
  return {
    accept: async (protocol, stream, connection) => {
      // Bytes that come before the listener is attached wait in the stream.
      const hello = await greeting(core)
      lines.sweep()
      const peer = connection.remotePeer.toString()
      const line = lines.of(peer, protocol)
      line.inbound?.end(fault('PEER_UNREACHABLE', 'Replaced by a newer stream'))
      line.inbound = openSession(protocol, stream, { peer, hello })
    },
    find: (peer, protocol) => openOf(lines.get(peer, protocol)),
    reach: async (peer, protocol, signal) => {
      lines.sweep()
      const line = lines.of(peer, protocol)
      const open = openOf(line)
      if (open) return open
      line.opening ??= dial(peer, protocol, line).finally(() => {
        delete line.opening
      })
      // Whoever asked may have gone by the time it fails.
      line.opening.catch(() => {})
      return orAborted(line.opening, signal)
    },
    endAll: (reason) => {
      for (const { inbound, outbound } of lines.all()) {
        inbound?.end(reason)
        outbound?.end(reason)
      }
    },
  }
}

const orAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

import type { CborValue } from '../../../protocols/common/index.ts'
import { Fault, faultCode } from '../../../protocols/common/index.ts'
import {
  createFrameReader,
  type Frame,
  type FrameReader,
  type HelloFrame,
  judgeHello,
  type NetworkFault,
  readFrame,
  writeFrame,
} from '../../../protocols/network/index.ts'
import type { Remote } from '../../ports/index.ts'
import { type Asker, createAsker } from './asker.ts'

/** The bytes below a session. */
export type Wire = { send(bytes: Uint8Array): void; abort(reason: Error): void }

export type SessionLimits = {
  helloTimeoutMs: number
  /** Requests that the other side may have unanswered. */
  maxInFlight: number
  /** Refusals in a row after which the stream is cut. */
  maxExcess: number
}

export type SessionDeps = {
  wire: Wire
  hello: HelloFrame
  /** Proves who sent this hello; throws a Fault otherwise. */
  identify(hello: HelloFrame): Promise<Remote>
  answer(request: { type: string; body: CborValue }, from: Remote): Promise<CborValue>
  /** Refusals in a row by the rate limits; 0 lets a request in. */
  refusals(from: Remote): number
  onEnd(reason: Fault): void
}

/** One stream: greets, proves, then asks and answers by id until it closes. */
export type Session = Asker & {
  /** Who is at the other end; rejects if they did not prove it in time. */
  ready: Promise<Remote>
  isOpen(): boolean
  /** Open, or about to be. */
  isAlive(): boolean
  /** Bytes came in. */
  feed(bytes: Uint8Array): void
  /** The stream below is gone, or has to go. */
  end(reason: Fault): void
}

type State = {
  phase: 'greeting' | 'identifying' | 'open' | 'closed'
  remote: Remote | null
  /** Frames that came while the hello was being verified. */
  early: Uint8Array[]
  inFlight: number
  reader: FrameReader
}

type ReplyFrame = Frame & { kind: 'answer' | 'fault' }

const fault = (code: NetworkFault, message: string) => new Fault<NetworkFault>(code, message)

/** What the other side gets to see of an error: nothing but code and message of our own faults. */
const faultFrame = (id: number, error: unknown): ReplyFrame => ({
  kind: 'fault',
  id,
  code: faultCode(error),
  message: error instanceof Fault ? error.message : 'The other side failed',
})

const encodeReply = (frame: ReplyFrame): Uint8Array => {
  try {
    return writeFrame(frame)
  } catch (error) {
    return writeFrame(faultFrame(frame.id, error))
  }
}

const createAnswerer = (deps: SessionDeps, limits: SessionLimits, state: State) => {
  const reply = (frame: ReplyFrame) => {
    if (state.phase === 'open') deps.wire.send(encodeReply(frame))
  }
  const refuse = (id: number) =>
    reply(faultFrame(id, fault('TOO_MANY_REQUESTS', 'Too many requests at a time')))
  return async ({ id, type, body }: Frame & { kind: 'request' }, from: Remote) => {
    const refusals = deps.refusals(from)
    if (refusals > limits.maxExcess) throw fault('TOO_MANY_REQUESTS', 'A flood of requests')
    if (refusals > 0 || state.inFlight >= limits.maxInFlight) return refuse(id)
    state.inFlight += 1
    try {
      reply({ kind: 'answer', id, body: await deps.answer({ type, body }, from) })
    } catch (error) {
      reply(faultFrame(id, error))
    } finally {
      state.inFlight -= 1
    }
  }
}

/** Proves the other side from its first frame, then lets the frames through that came meanwhile. */
const createGreeter = (deps: SessionDeps, limits: SessionLimits, state: State) => ({
  greet: async (bytes: Uint8Array): Promise<HelloFrame> => {
    const hello = readFrame(bytes)
    if (hello?.kind !== 'hello') throw fault('HELLO_MISSING', 'The first frame was no hello')
    const verdict = judgeHello(hello, deps.hello.network)
    if (verdict.action !== 'accept') throw fault(verdict.code, 'The hello was refused')
    state.phase = 'identifying'
    state.remote = await deps.identify(hello)
    return hello
  },
  keep: (frame: Uint8Array): void => {
    if (state.early.push(frame) > limits.maxInFlight) {
      throw fault('TOO_MANY_REQUESTS', 'Too many frames before the hello was verified')
    }
  },
})

type Handlers = {
  greet(frame: Uint8Array): void
  keep(frame: Uint8Array): void
  dispatch(frame: Uint8Array): void
}

const handle = (phase: State['phase'], frame: Uint8Array, handlers: Handlers): void => {
  switch (phase) {
    case 'greeting':
      handlers.greet(frame)
      return
    case 'identifying':
      handlers.keep(frame)
      return
    case 'open':
      handlers.dispatch(frame)
      return
    case 'closed':
      return
  }
}

/** A session on a stream that was just opened, by either side. */
export const createSession = (deps: SessionDeps, limits: SessionLimits): Session => {
  const state: State = {
    phase: 'greeting',
    remote: null,
    early: [],
    inFlight: 0,
    reader: createFrameReader(),
  }
  const { promise: ready, resolve, reject } = Promise.withResolvers<Remote>()
  ready.catch(() => {})
  const asker = createAsker(deps.wire)
  const answer = createAnswerer(deps, limits, state)
  const { greet, keep } = createGreeter(deps, limits, state)
  const end = (reason: Fault) => {
    if (state.phase === 'closed') return
    state.phase = 'closed'
    state.early = []
    clearTimeout(timer)
    reject(reason)
    asker.lose(reason)
    deps.wire.abort(reason)
    deps.onEnd(reason)
  }
  const fail = (error: unknown) =>
    end(error instanceof Fault ? error : fault('PEER_UNREACHABLE', 'The stream broke'))
  const timer = setTimeout(
    () => end(fault('HELLO_MISSING', 'The other side did not say hello in time')),
    limits.helloTimeoutMs,
  )
  const open = ({ maxInFlight }: HelloFrame) => {
    if (state.phase !== 'identifying') return
    state.phase = 'open'
    clearTimeout(timer)
    asker.allow(Math.max(1, Math.min(maxInFlight, limits.maxInFlight)))
    resolve(state.remote as Remote)
    for (const frame of state.early.splice(0)) handlers.dispatch(frame)
  }
  const handlers: Handlers = {
    greet: (bytes) => {
      greet(bytes).then(open).catch(fail)
    },
    keep,
    dispatch: (bytes) => {
      const frame = readFrame(bytes)
      if (!frame || frame.kind === 'hello') throw fault('FRAME_INVALID', 'Not a frame')
      if (frame.kind === 'request') answer(frame, state.remote as Remote).catch(fail)
      else asker.settle(frame)
    },
  }
  try {
    deps.wire.send(writeFrame(deps.hello))
  } catch (error) {
    fail(error)
  }
  return {
    ready,
    isOpen: () => state.phase === 'open',
    isAlive: () => state.phase !== 'closed',
    feed: (bytes) => {
      try {
        for (const frame of state.reader.read(bytes)) handle(state.phase, frame, handlers)
      } catch (error) {
        fail(error)
      }
    },
    end,
    request: asker.request,
  }
}

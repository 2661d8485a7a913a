import {
  createSession,
  type Session,
  type SessionDeps,
} from '../../../node/adapters/libp2p/session.ts'
import type { Remote } from '../../../node/ports/index.ts'
import type { CborValue } from '../../../protocols/common/index.ts'
import {
  createFrameReader,
  type Frame,
  type HelloFrame,
  readFrame,
  writeFrame,
} from '../../../protocols/network/index.ts'
import { settle } from '../../fakes/clock.ts'

export const hello = (changes: Partial<HelloFrame> = {}): HelloFrame => ({
  kind: 'hello',
  version: 1,
  network: 'test',
  envelope: new Uint8Array([1]),
  maxInFlight: 4,
  ...changes,
})
export const remote: Remote = { agent: '0xbb', peerId: 'peer-b' }
export const never = new Promise<never>(() => {})
export const request = (id: number, type = 'echo', body: CborValue = id): Frame => ({
  kind: 'request',
  id,
  type,
  body,
})

const limits = { helloTimeoutMs: 10_000, maxInFlight: 4, maxExcess: 3 }

/** A session whose other side the test plays, and all that it does to the world. */
export type SessionFixture = {
  session: Session
  sent: Frame[]
  ended: string[]
  aborted: boolean
  refusals: number
  /** What the handler of `wait` answers, one after another. */
  answers: Promise<CborValue>[]
  identify: () => Promise<Remote>
  feed(frame: Frame): void
  open(): Promise<void>
}

export const createFixture = (
  changes: Partial<SessionDeps> = {},
  shorter: Partial<typeof limits> = {},
): SessionFixture => {
  const reader = createFrameReader()
  const fixture = {
    sent: [] as Frame[],
    ended: [] as string[],
    aborted: false,
    refusals: 0,
    answers: [] as Promise<CborValue>[],
    identify: async () => remote,
  }
  const session = createSession(
    {
      wire: {
        send: (bytes) => {
          for (const frame of reader.read(bytes)) fixture.sent.push(readFrame(frame) as Frame)
        },
        abort: () => {
          fixture.aborted = true
        },
      },
      hello: hello(),
      identify: () => fixture.identify(),
      answer: async ({ type, body }) =>
        type === 'wait' ? (fixture.answers.shift() ?? never) : body,
      refusals: () => fixture.refusals,
      onEnd: ({ code }) => fixture.ended.push(code),
      ...changes,
    },
    { ...limits, ...shorter },
  )
  const feed = (frame: Frame) => session.feed(writeFrame(frame))
  return Object.assign(fixture, {
    session,
    feed,
    open: async () => {
      feed(hello())
      await session.ready
      await settle()
    },
  })
}

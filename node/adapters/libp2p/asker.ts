import type { CborValue } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import { type Frame, type NetworkFault, writeFrame } from '../../../protocols/network/index.ts'

const MAX_WAITING = 1_024

export type AskOptions = { timeoutMs: number; signal?: AbortSignal | undefined }

/** Asks over one stream. */
export type Asker = {
  /** Throws Fault REQUEST_TIMEOUT, REQUEST_CANCELLED, PEER_UNREACHABLE, or the other side's. */
  request(type: string, body: CborValue, options: AskOptions): Promise<CborValue>
}

type Question = {
  type: string
  body: CborValue
  id: number | null
  settle(outcome: { body: CborValue } | { fault: Fault }): void
}

type AskingSide = Asker & {
  /** How many questions may be open at a time, once the other side has said so. */
  allow(maxInFlight: number): void
  /** An answer arrived; one that nobody waits for any more is dropped. */
  settle(frame: Frame & { kind: 'answer' | 'fault' }): void
  /** The stream is gone. */
  lose(reason: Fault): void
}

const fault = (code: NetworkFault, message: string, cause?: unknown) =>
  new Fault<NetworkFault>(code, message, { cause })

const createQuestions = (send: (bytes: Uint8Array) => void) => {
  const open = new Map<number, Question>()
  const waiting = new Set<Question>()
  let nextId = 0
  let maxInFlight = 0
  const ask = (question: Question) => {
    const id = nextId
    nextId = (nextId + 1) >>> 0
    try {
      send(writeFrame({ kind: 'request', id, type: question.type, body: question.body }))
    } catch (error) {
      const lost = fault('PEER_UNREACHABLE', 'The connection was lost', error)
      question.settle({ fault: error instanceof Fault ? error : lost })
      return
    }
    question.id = id
    open.set(id, question)
  }
  const advance = () => {
    for (const question of waiting) {
      if (open.size >= maxInFlight) return
      waiting.delete(question)
      ask(question)
    }
  }
  return {
    open,
    waiting,
    advance,
    allow: (limit: number) => {
      maxInFlight = limit
      advance()
    },
    forget: (question: Question) => {
      waiting.delete(question)
      if (question.id !== null) open.delete(question.id)
      advance()
    },
  }
}

/** The asking half of a session. */
export const createAsker = (wire: { send(bytes: Uint8Array): void }): AskingSide => {
  const questions = createQuestions(wire.send)
  let lost: Fault | null = null
  return {
    request: async (type, body, { timeoutMs, signal }) => {
      if (signal?.aborted) throw fault('REQUEST_CANCELLED', 'The asker gave up', signal.reason)
      if (lost) throw lost
      if (questions.waiting.size >= MAX_WAITING) {
        throw fault('TOO_MANY_REQUESTS', 'Too many requests wait for this peer')
      }
      const { promise, resolve, reject } = Promise.withResolvers<CborValue>()
      const question: Question = {
        type,
        body,
        id: null,
        settle: (outcome) => ('fault' in outcome ? reject(outcome.fault) : resolve(outcome.body)),
      }
      const timer = setTimeout(
        () => reject(fault('REQUEST_TIMEOUT', 'No answer in time')),
        timeoutMs,
      )
      const cancel = () => reject(fault('REQUEST_CANCELLED', 'The asker gave up', signal?.reason))
      signal?.addEventListener('abort', cancel)
      questions.waiting.add(question)
      questions.advance()
      try {
        return await promise
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', cancel)
        questions.forget(question)
      }
    },
    allow: questions.allow,
    settle: (frame) => {
      const question = questions.open.get(frame.id)
      if (frame.kind === 'answer') question?.settle({ body: frame.body })
      else question?.settle({ fault: new Fault(frame.code, frame.message, { remote: true }) })
    },
    lose: (reason) => {
      questions.allow(0)
      lost = fault('PEER_UNREACHABLE', 'The connection was lost', reason)
      for (const question of [...questions.open.values(), ...questions.waiting]) {
        question.settle({ fault: lost })
      }
    },
  }
}

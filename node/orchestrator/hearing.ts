// What a provider tells of a program while it runs. Shown, never believed: the result is proven by its receipt.
import type { CborValue, Hash } from '../../protocols/common/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import { DEFAULT_LIMITS } from '../../protocols/execution/index.ts'
import { decodeOutput, EMPTY, type OutputMessage } from '../../protocols/market/index.ts'
import type { TalkHandler } from '../ports/index.ts'
import type { DealFault } from './faults.ts'
import { outputEvent } from './output-event.ts'
import type { RequesterContext } from './requester-deps.ts'

const HEARD_MAX = 1_000
const LIMITS = { stdout: DEFAULT_LIMITS.stdoutBytes, stderr: DEFAULT_LIMITS.stderrBytes }

type Heard = { stdout: number; stderr: number }

/** How far each stream was told, so that no provider can tell more than a program may write. */
const createHeard = () => {
  const all = new Map<Hash, Heard>()
  return {
    /** Whether the message is news. */
    takes: ({ agreementHash, stream, offset, bytes }: OutputMessage): boolean => {
      const heard = all.get(agreementHash) ?? { stdout: 0, stderr: 0 }
      const end = offset + bytes.length
      if (bytes.length === 0 || offset < heard[stream] || end > LIMITS[stream]) return false
      all.delete(agreementHash)
      all.set(agreementHash, { ...heard, [stream]: end })
      const [oldest] = all.keys()
      if (all.size > HEARD_MAX && oldest) all.delete(oldest)
      return true
    },
  }
}

/** Passes on what the provider of a running deal says that its program writes. */
export const createOutputListener = ({
  book,
  emit,
}: Pick<RequesterContext, 'book' | 'emit'>): TalkHandler => {
  const heard = createHeard()
  return async (body: CborValue, from) => {
    const message = decodeOutput(body)
    if (!message) throw new Fault<DealFault>('DEAL_MALFORMED', 'the message is malformed')
    const record = book.byAgreement(message.agreementHash)
    const journey = record?.journey
    const isRunning = journey?.phase === 'running' || journey?.phase === 'funded'
    if (!record || !isRunning || journey.deal.provider !== from.agent) {
      throw new Fault<DealFault>('DEAL_UNKNOWN', 'no task of yours runs under this agreement here')
    }
    const { stream, offset, bytes } = message
    if (heard.takes(message)) {
      emit(outputEvent({ taskId: record.id, role: 'requester', stream, offset, bytes }))
    }
    return EMPTY
  }
}

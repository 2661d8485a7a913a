// What a program writes goes to its requester while it runs: one message at a time, as much as there is by then.
import {
  DEAL_OUTPUT,
  encodeOutput,
  MAX_OUTPUT_BYTES,
  type OutputMessage,
} from '../../protocols/market/index.ts'
import type { SandboxOutput } from '../ports/index.ts'
import { ask } from './asking.ts'
import type { DealRecord } from './deal-record.ts'
import { outputEvent } from './output-event.ts'
import type { ProviderContext } from './provider-deps.ts'

/** Between two messages, in milliseconds: people read no faster. */
const PAUSE_MS = 100

type Stream = SandboxOutput['stream']

/** What of a stream is still to be told. The run's own limit on output bounds it. */
const createUntold = () => {
  let pieces: Uint8Array[] = []
  let offset = 0
  let length = 0
  return {
    /** Answers where in the stream the bytes stand. */
    add: (bytes: Uint8Array): number => {
      pieces.push(bytes)
      length += bytes.length
      return length - bytes.length
    },
    forget: () => {
      pieces = []
    },
    /** The next piece, or null where all is told. */
    take: (): { offset: number; bytes: Uint8Array } | null => {
      if (pieces.length === 0) return null
      const all = Buffer.concat(pieces)
      const bytes = new Uint8Array(all.subarray(0, MAX_OUTPUT_BYTES))
      pieces = all.length > bytes.length ? [all.subarray(bytes.length)] : []
      const at = offset
      offset += bytes.length
      return { offset: at, bytes }
    },
  }
}

/** Tells the requester what its program writes; gives up at the first message that does not arrive, for the result holds it all. */
export const createTeller = (
  context: ProviderContext,
  record: DealRecord,
  signal: AbortSignal,
): { onOutput(output: SandboxOutput): void } => {
  const { clock, emit } = context
  const { agreementHash } = record
  const untold = { stdout: createUntold(), stderr: createUntold() }
  let state: 'idle' | 'telling' | 'silent' = 'idle'

  const next = (): Omit<OutputMessage, 'agreementHash'> | null => {
    for (const stream of ['stdout', 'stderr'] satisfies Stream[]) {
      const piece = untold[stream].take()
      if (piece) return { stream, ...piece }
    }
    return null
  }
  const tellAll = async (): Promise<void> => {
    for (let piece = next(); piece; piece = next()) {
      const body = encodeOutput({ agreementHash, ...piece })
      await ask(context, record, DEAL_OUTPUT).with(body, signal)
      await clock.wait(PAUSE_MS, { signal })
    }
  }
  return {
    onOutput: ({ stream, bytes }) => {
      const offset = untold[stream].add(bytes)
      emit(outputEvent({ taskId: agreementHash, role: 'provider', stream, offset, bytes }))
      if (state === 'silent') untold[stream].forget()
      if (state !== 'idle') return
      state = 'telling'
      tellAll().then(
        () => {
          state = 'idle'
        },
        () => {
          state = 'silent'
        },
      )
    },
  }
}

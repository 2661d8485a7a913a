// What a program writes, told to its requester while it runs. A courtesy: nothing is paid for it, and the receipt alone counts.
import type { CborValue, Hash } from '../common/index.ts'
import { fromHex } from '../common/index.ts'
import { countFromWire, hashFromWire, tupleOf } from './deal-fields.ts'

/** Request name on /souk/deal/1. */
export const DEAL_OUTPUT = 'output'
/** Most bytes of one message. */
export const MAX_OUTPUT_BYTES = 32 << 10

const STREAMS = ['stdout', 'stderr'] as const

/** A piece of a stream and where in the stream it stands. */
export type OutputMessage = {
  agreementHash: Hash
  stream: (typeof STREAMS)[number]
  offset: number
  bytes: Uint8Array
}

export const encodeOutput = ({
  agreementHash,
  stream,
  offset,
  bytes,
}: OutputMessage): CborValue => [fromHex(agreementHash), STREAMS.indexOf(stream), offset, bytes]

export const decodeOutput = (body: CborValue): OutputMessage | null => {
  const items = tupleOf(body, 4)
  if (!items) return null
  const agreementHash = hashFromWire(items[0])
  const stream = STREAMS[countFromWire(items[1]) ?? STREAMS.length]
  const offset = countFromWire(items[2])
  const bytes = items[3]
  if (!agreementHash || !stream || offset === null) return null
  if (!(bytes instanceof Uint8Array) || bytes.length > MAX_OUTPUT_BYTES) return null
  return { agreementHash, stream, offset, bytes }
}

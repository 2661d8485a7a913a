import type { CborValue, Cid } from '../common/index.ts'
import { decodeCbor, encodeCbor } from '../common/index.ts'
import { MAX_CHUNKS } from './limits.ts'

/** What the fetching side of a content stream says: first `describe`, then `send` for each run of chunks it lacks. */
export type TransferRequest =
  | { kind: 'describe'; cid: Cid }
  | { kind: 'send'; first: number; count: number }

/** What the serving side says. The bytes of the chunks follow a `sending`, one after another, without framing. */
export type TransferReply =
  /** `list` is the encoded chunk list, or empty where the content is one chunk. */
  { kind: 'described'; size: number; list: Uint8Array } | { kind: 'sending' } | { kind: 'missing' }

const DESCRIBE = 0
const SEND = 1
const DESCRIBED = 2
const SENDING = 3
const MISSING = 4
const MAX_CID_CHARS = 128

const fieldsOf = (bytes: Uint8Array): CborValue[] | null => {
  try {
    const fields = decodeCbor(bytes)
    return Array.isArray(fields) ? fields : null
  } catch {
    return null
  }
}
const isCount = (value: CborValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

export const encodeTransferRequest = (request: TransferRequest): Uint8Array =>
  encodeCbor(
    request.kind === 'describe' ? [DESCRIBE, request.cid] : [SEND, request.first, request.count],
  )

/** The request in a frame; null when malformed. */
export const decodeTransferRequest = (bytes: Uint8Array): TransferRequest | null => {
  const [kind, a, b, ...rest] = fieldsOf(bytes) ?? []
  if (rest.length > 0) return null
  if (kind === DESCRIBE && b === undefined) {
    return typeof a === 'string' && a.length <= MAX_CID_CHARS ? { kind: 'describe', cid: a } : null
  }
  const isRun = kind === SEND && isCount(a) && isCount(b) && b > 0 && a + b <= MAX_CHUNKS
  return isRun ? { kind: 'send', first: a, count: b } : null
}

export const encodeTransferReply = (reply: TransferReply): Uint8Array => {
  switch (reply.kind) {
    case 'described':
      return encodeCbor([DESCRIBED, reply.size, reply.list])
    case 'sending':
      return encodeCbor([SENDING])
    case 'missing':
      return encodeCbor([MISSING])
  }
}

/** The reply in a frame; null when malformed. */
export const decodeTransferReply = (bytes: Uint8Array): TransferReply | null => {
  const [kind, size, list, ...rest] = fieldsOf(bytes) ?? []
  if (rest.length > 0) return null
  if (kind === DESCRIBED) {
    return isCount(size) && list instanceof Uint8Array ? { kind: 'described', size, list } : null
  }
  if (size !== undefined) return null
  if (kind === SENDING) return { kind: 'sending' }
  return kind === MISSING ? { kind: 'missing' } : null
}

import type { CborValue } from '../common/index.ts'
import { decodeCbor, encodeCbor, Fault } from '../common/index.ts'
import type { NetworkFault } from './faults.ts'
import { MAX_FRAME_BYTES } from './limits.ts'

const FRAME = { HELLO: 0, REQUEST: 1, ANSWER: 2, FAULT: 3 } as const
const MAX_ID = 0xffff_ffff
const MAX_TYPE_CHARS = 64
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/
const MAX_MESSAGE_CHARS = 256

/** The first frame of each side: who speaks, and how many requests it answers at a time. */
export type HelloFrame = {
  kind: 'hello'
  version: number
  network: string
  /** A libp2p envelope around the signed peer binding. */
  envelope: Uint8Array
  maxInFlight: number
}

/** One frame of a stream. Ids are chosen by the asker, for each direction on its own. */
export type Frame =
  | HelloFrame
  | { kind: 'request'; id: number; type: string; body: CborValue }
  | { kind: 'answer'; id: number; body: CborValue }
  | { kind: 'fault'; id: number; code: string; message: string }

const toArray = (frame: Frame): CborValue[] => {
  switch (frame.kind) {
    case 'hello':
      return [FRAME.HELLO, frame.version, frame.network, frame.envelope, frame.maxInFlight]
    case 'request':
      return [FRAME.REQUEST, frame.id, frame.type, frame.body]
    case 'answer':
      return [FRAME.ANSWER, frame.id, frame.body]
    case 'fault':
      return [FRAME.FAULT, frame.id, frame.code, frame.message.slice(0, MAX_MESSAGE_CHARS)]
  }
}

const isUint = (value: unknown, max = MAX_ID): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length <= max

const readHello = ([, version, network, envelope, maxInFlight, ...rest]: CborValue[]) =>
  rest.length === 0 &&
  isUint(version) &&
  isText(network, MAX_TYPE_CHARS) &&
  envelope instanceof Uint8Array &&
  isUint(maxInFlight)
    ? ({ kind: 'hello', version, network, envelope, maxInFlight } as const)
    : null

const readRequest = ([, id, type, body, ...rest]: CborValue[]) =>
  rest.length === 0 && isUint(id) && isText(type, MAX_TYPE_CHARS) && body !== undefined
    ? ({ kind: 'request', id, type, body } as const)
    : null

const readAnswer = ([, id, body, ...rest]: CborValue[]) =>
  rest.length === 0 && isUint(id) && body !== undefined
    ? ({ kind: 'answer', id, body } as const)
    : null

const readFault = ([, id, code, message, ...rest]: CborValue[]) =>
  rest.length === 0 &&
  isUint(id) &&
  isText(code, MAX_TYPE_CHARS) &&
  CODE.test(code) &&
  isText(message, MAX_MESSAGE_CHARS)
    ? ({ kind: 'fault', id, code, message } as const)
    : null

const readers = [readHello, readRequest, readAnswer, readFault]

/** The frame in some bytes (without the length prefix); null when malformed. */
export const readFrame = (bytes: Uint8Array): Frame | null => {
  try {
    const fields = decodeCbor(bytes)
    if (!Array.isArray(fields) || !isUint(fields[0])) return null
    return readers[fields[0]]?.(fields) ?? null
  } catch {
    return null
  }
}

/** The bytes of a frame with its length prefix. Throws Fault FRAME_TOO_LARGE. */
export const writeFrame = (frame: Frame): Uint8Array => prefixFrame(encodeCbor(toArray(frame)))

/** Some bytes with their length before them. Throws Fault FRAME_TOO_LARGE. */
export const prefixFrame = (body: Uint8Array): Uint8Array => {
  if (body.length > MAX_FRAME_BYTES) {
    throw new Fault<NetworkFault>('FRAME_TOO_LARGE', 'A frame holds at most 64 KiB', {
      size: body.length,
      maxBytes: MAX_FRAME_BYTES,
    })
  }
  const prefix: number[] = []
  let rest = body.length
  for (; rest > 0x7f; rest >>>= 7) prefix.push((rest & 0x7f) | 0x80)
  prefix.push(rest)
  const bytes = new Uint8Array(prefix.length + body.length)
  bytes.set(prefix)
  bytes.set(body, prefix.length)
  return bytes
}

import type { Stream } from '@libp2p/interface'
import { Fault } from '../../../protocols/common/index.ts'
import { MAX_FRAME_BYTES, type NetworkFault } from '../../../protocols/network/index.ts'

const PAUSE_ABOVE_BYTES = 1 << 20

/** The bytes of a stream as they come. Reading slowly makes the sender wait. */
export type ByteSource = {
  /** The next bytes, at most `limit`; null at the end. Throws Fault PEER_UNREACHABLE when the stream broke. */
  next(limit: number): Promise<Uint8Array | null>
}

const fault = (code: NetworkFault, message: string, cause?: unknown) =>
  new Fault<NetworkFault>(code, message, { cause })

type Inbox = {
  pieces: Uint8Array[]
  held: number
  over: { error: Error | null } | null
  wake: () => void
}

const listen = (stream: Stream): Inbox => {
  const inbox: Inbox = { pieces: [], held: 0, over: null, wake: () => {} }
  const pauseIfFull = () => {
    if (inbox.held > PAUSE_ABOVE_BYTES && stream.readStatus === 'readable') stream.pause()
  }
  stream.addEventListener('message', ({ data }) => {
    const bytes = data.subarray()
    inbox.pieces.push(bytes)
    inbox.held += bytes.length
    // Not at once: a pause from within resume() is undone by the library, which then sends for ever.
    queueMicrotask(pauseIfFull)
    inbox.wake()
  })
  const finish = (error: Error | null) => {
    inbox.over ??= { error }
    inbox.wake()
  }
  // A reset ends the stream too; then the close event that follows tells why.
  stream.addEventListener('end', () => {
    if (stream.status === 'open' || stream.status === 'closing') finish(null)
  })
  stream.addEventListener('close', ({ error }) => finish(error ?? null))
  return inbox
}

const take = (inbox: Inbox, limit: number): Uint8Array | null => {
  const piece = inbox.pieces[0]
  if (!piece) return null
  const taken = piece.subarray(0, limit)
  if (taken.length === piece.length) inbox.pieces.shift()
  else inbox.pieces[0] = piece.subarray(limit)
  inbox.held -= taken.length
  return taken
}

/** Must be made in the tick in which the stream was handed over, or bytes are missed. */
export const createByteSource = (stream: Stream): ByteSource => {
  const inbox = listen(stream)
  const arrival = () =>
    new Promise<void>((resolve) => {
      inbox.wake = resolve
    })
  return {
    next: async (limit) => {
      while (inbox.pieces.length === 0 && !inbox.over) await arrival()
      const taken = take(inbox, limit)
      if (!taken && inbox.over?.error) {
        throw fault('PEER_UNREACHABLE', 'The connection was lost', inbox.over.error)
      }
      if (stream.readStatus === 'paused' && inbox.held <= PAUSE_ABOVE_BYTES / 2) stream.resume()
      return taken
    },
  }
}

/** Exactly `length` bytes, copied; null if the stream ends first. */
export const readBytes = async (source: ByteSource, length: number): Promise<Uint8Array | null> => {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; ) {
    const piece = await source.next(length - at)
    if (!piece) return null
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** The next frame; null at the end of the stream. Throws Fault FRAME_TOO_LARGE. */
export const readFrameBytes = async (source: ByteSource): Promise<Uint8Array | null> => {
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = (await source.next(1))?.[0]
    if (byte === undefined) return null
    length |= (byte & 0x7f) << shift
    if (length > MAX_FRAME_BYTES || shift > 14) {
      throw fault('FRAME_TOO_LARGE', 'A frame holds at most 64 KiB')
    }
    if (byte < 0x80) return readBytes(source, length)
  }
}

/** The promise's value, or Fault REQUEST_TIMEOUT after `ms`. */
export const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(fault('REQUEST_TIMEOUT', 'Nothing came in time')), ms)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

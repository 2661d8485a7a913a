import { Fault } from '../common/index.ts'
import type { NetworkFault } from './faults.ts'
import { MAX_FRAME_BYTES } from './limits.ts'

const MAX_PREFIX_BYTES = 3

/** Cuts a stream of bytes into frames. Holds at most one frame and what arrived with it. */
export type FrameReader = {
  /** The frames that are now complete. Throws Fault FRAME_TOO_LARGE or FRAME_INVALID; then the stream is lost. */
  read(bytes: Uint8Array): Uint8Array[]
}

const join = (pieces: readonly Uint8Array[]): Uint8Array => {
  if (pieces.length === 1) return pieces[0] as Uint8Array
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

/** Reads a length prefix; null while it is incomplete. Only the shortest form of a length from 1 to 64 KiB counts. */
const readPrefix = (bytes: Uint8Array): { length: number; size: number } | null => {
  let length = 0
  for (let index = 0; index < MAX_PREFIX_BYTES; index += 1) {
    const byte = bytes[index]
    if (byte === undefined) return null
    length |= (byte & 0x7f) << (7 * index)
    if (byte > 0x7f) continue
    if (length > MAX_FRAME_BYTES) break
    if (byte === 0) throw new Fault<NetworkFault>('FRAME_INVALID', 'Not a frame length')
    return { length, size: index + 1 }
  }
  throw new Fault<NetworkFault>('FRAME_TOO_LARGE', 'A frame holds at most 64 KiB')
}

/** The first frame of some bytes and what follows it; null with the bytes needed to know more. */
const cutFrame = (
  bytes: Uint8Array,
): { frame: Uint8Array; rest: Uint8Array } | { frame: null; needed: number } => {
  const prefix = readPrefix(bytes)
  if (!prefix) return { frame: null, needed: bytes.length + 1 }
  const end = prefix.size + prefix.length
  if (bytes.length < end) return { frame: null, needed: end }
  return { frame: bytes.subarray(prefix.size, end), rest: bytes.subarray(end) }
}

/** A reader at the start of a stream. */
export const createFrameReader = (): FrameReader => {
  // Pieces are joined only when a frame is complete: a byte at a time must not cost a copy of the rest each time.
  let pieces: Uint8Array[] = []
  let held = 0
  let needed = 1
  return {
    read: (bytes) => {
      pieces.push(bytes)
      held += bytes.length
      const frames: Uint8Array[] = []
      while (held >= needed) {
        const all = join(pieces)
        const cut = cutFrame(all)
        if (cut.frame) frames.push(cut.frame)
        const rest = cut.frame ? cut.rest : all
        needed = cut.frame ? 1 : cut.needed
        pieces = [rest]
        held = rest.length
      }
      return frames
    },
  }
}

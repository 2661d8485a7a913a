import type { SandboxOutput } from '../../../ports/index.ts'
import { encodeOutput, encodeProgress, type Frame } from '../frames/index.ts'

/** Tells the owner of a run about it while it goes on. */
export type Live = {
  onOutput(output: SandboxOutput): void
  onBeat(fuelUsed: bigint): void
  /** Sends what is still held back. */
  flush(): void
}

const PIECE_BYTES = 16 << 10
const OUTPUT_EVERY_MS = 20
const PROGRESS_EVERY_MS = 100

type Stream = SandboxOutput['stream']

/** What one stream has not told yet. */
const createPending = () => {
  const buffer = new Uint8Array(PIECE_BYTES)
  let size = 0
  return {
    isEmpty: () => size === 0,
    isFull: () => size === PIECE_BYTES,
    /** Keeps what fits and answers how much that was. */
    take: (bytes: Uint8Array): number => {
      const part = bytes.subarray(0, PIECE_BYTES - size)
      buffer.set(part, size)
      size += part.length
      return part.length
    },
    empty: (): Uint8Array => {
      const bytes = buffer.slice(0, size)
      size = 0
      return bytes
    },
  }
}

/**
 * Sends output at once where the last piece is a moment old, else gathers it: a guest that writes byte by byte must not flood its owner.
 * `now`: milliseconds of a clock that only goes forward.
 */
export const createLive = ({
  send,
  now,
}: {
  send: (frame: Frame) => void
  now: () => number
}): Live => {
  const pending = { stdout: createPending(), stderr: createPending() }
  let toldOutputAt = -Infinity
  let toldProgressAt = now()

  const tell = (stream: Stream) => {
    if (pending[stream].isEmpty()) return
    send(encodeOutput({ stream, bytes: pending[stream].empty() }))
    toldOutputAt = now()
  }
  const flush = () => {
    tell('stdout')
    tell('stderr')
  }
  return {
    flush,
    onOutput: ({ stream, bytes }) => {
      const isDue = now() - toldOutputAt >= OUTPUT_EVERY_MS
      for (let at = 0; at < bytes.length; ) {
        at += pending[stream].take(bytes.subarray(at))
        if (pending[stream].isFull()) tell(stream)
      }
      if (isDue) flush()
    },
    onBeat: (fuelUsed) => {
      flush()
      if (now() - toldProgressAt < PROGRESS_EVERY_MS) return
      toldProgressAt = now()
      send(encodeProgress(fuelUsed))
    },
  }
}

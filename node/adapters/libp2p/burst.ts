const MAX_BURST_BYTES = 1 << 18

/** Frames on their way out: those of one turn of the event loop leave together. */
export type Burst = { send(frame: Uint8Array): void }

export type BurstStream = {
  send(bytes: Uint8Array): void
  /** The frames could not be sent. */
  lost(error: unknown): void
}

const join = (frames: readonly Uint8Array[], size: number): Uint8Array => {
  if (frames.length === 1) return frames[0] as Uint8Array
  const joined = new Uint8Array(size)
  let at = 0
  for (const frame of frames) {
    joined.set(frame, at)
    at += frame.length
  }
  return joined
}

/** Each write below costs a record of the cipher and a system call: one for all frames of a turn, instead of one per frame. */
export const createBurst = (stream: BurstStream): Burst => {
  let frames: Uint8Array[] = []
  let size = 0
  const flush = () => {
    if (frames.length === 0) return
    const bytes = join(frames, size)
    frames = []
    size = 0
    try {
      stream.send(bytes)
    } catch (error) {
      stream.lost(error)
    }
  }
  return {
    send: (frame) => {
      // A tick asked for by a microtask comes after all microtasks: the answers to one burst make one burst.
      if (frames.length === 0) queueMicrotask(() => process.nextTick(flush))
      frames.push(frame)
      size += frame.length
      if (size >= MAX_BURST_BYTES) flush()
    },
  }
}

import type { StreamMessage } from '../../protocols/control/index.ts'
import type { Terminal } from './terminal.ts'

type OutputEvent = Extract<StreamMessage, { type: 'task.output' }>
type Stream = OutputEvent['stream']

/** Shows what a program writes while it runs, and makes sure of it at the end. */
export type LiveOutput = {
  /** Shows the next piece of a stream; one that came too early is left to the end. */
  show(event: OutputEvent): void
  /** Shows what is missing of the proven result; all of it where what was shown turns out to be false. */
  finish(stream: Stream, proven: Uint8Array): void
}

const startsWith = (bytes: Uint8Array, start: Uint8Array): boolean =>
  Buffer.compare(bytes.subarray(0, start.length), start) === 0

export const createLiveOutput = (
  { stdout, stderr }: Pick<Terminal, 'stdout' | 'stderr'>,
  beforeWrite: () => void,
): LiveOutput => {
  const shown = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
  const outputs = { stdout, stderr }
  return {
    show: ({ stream, offset, bytes }) => {
      if (offset !== shown[stream].length) return
      const piece = Buffer.from(bytes, 'base64')
      beforeWrite()
      outputs[stream].write(piece)
      shown[stream] = Buffer.concat([shown[stream], piece])
    },
    finish: (stream, proven) => {
      const before = shown[stream]
      const isTrue = startsWith(proven, before)
      if (!isTrue) {
        stderr.write(`\nsouk: the ${stream} shown so far is not what the program wrote; this is:\n`)
      }
      outputs[stream].write(isTrue ? proven.subarray(before.length) : proven)
    },
  }
}

import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import { Fault } from '../../protocols/common/index.ts'
import type { Output, Terminal } from './terminal.ts'

type OutStream = NodeJS.WritableStream &
  Partial<Pick<WriteStream, 'isTTY' | 'hasColors' | 'columns'>>
type InStream = NodeJS.ReadableStream & { isTTY?: boolean }

/** The three streams of a process. */
export type Streams = { stdin: InStream; stdout: OutStream; stderr: OutStream }

const outputOf = (stream: OutStream, isPlain: boolean): Output => {
  // A reader that went away (head, say) is no fault of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  const isTty = stream.isTTY === true
  return {
    isTty,
    hasColors: isTty && !isPlain && stream.hasColors?.() === true,
    get columns() {
      return stream.columns ?? 80
    },
    write: (data) => void stream.write(data),
  }
}

/** A line typed without an echo. Throws CANCELLED on Ctrl-C: in this mode it is a key like any other. */
const readHidden = (stdin: InStream): Promise<string> =>
  new Promise((resolve, reject) => {
    const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
    const prompt = createInterface({ input: stdin, output: silence, terminal: true })
    prompt.once('line', (line) => {
      resolve(line)
      prompt.close()
    })
    prompt.once('SIGINT', () => prompt.close())
    // After a line this changes nothing.
    prompt.once('close', () => reject(new Fault('CANCELLED', 'nothing was typed')))
  })

/** The terminal of this process. `isPlain`: no colours. */
export const createSystemTerminal = (
  { isPlain }: { isPlain: boolean },
  { stdin, stdout, stderr }: Streams = process,
): Terminal => ({
  stdout: outputOf(stdout, isPlain),
  stderr: outputOf(stderr, isPlain),
  readInput: async () => {
    const chunks: Buffer[] = []
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks)
  },
  askHidden: async (question) => {
    if (!stdin.isTTY) return null
    stderr.write(question)
    try {
      return await readHidden(stdin)
    } finally {
      stderr.write('\n')
    }
  },
})

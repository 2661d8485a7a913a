import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import type { Output, Terminal } from './terminal.ts'

type Stream = NodeJS.WriteStream & Partial<Pick<WriteStream, 'hasColors' | 'columns'>>

const outputOf = (stream: Stream, isPlain: boolean): Output => {
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

const askHidden = async (question: string): Promise<string | null> => {
  if (!process.stdin.isTTY) return null
  process.stderr.write(question)
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
  const prompt = createInterface({ input: process.stdin, output: silence, terminal: true })
  // In this mode Ctrl-C is a key like any other; it must still end the process.
  prompt.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return await prompt.question('')
  } finally {
    prompt.close()
    process.stderr.write('\n')
  }
}

/** The terminal of this process. `isPlain`: no colours. */
export const createSystemTerminal = ({ isPlain }: { isPlain: boolean }): Terminal => ({
  stdout: outputOf(process.stdout, isPlain),
  stderr: outputOf(process.stderr, isPlain),
  readInput: async () => {
    const chunks: Buffer[] = []
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  },
  askHidden,
})

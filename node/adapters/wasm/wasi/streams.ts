import { OutputLimit } from './signals.ts'

type OutputName = 'stdout' | 'stderr'
type OnWrite = (output: { stream: OutputName; bytes: Uint8Array }) => void

/** Collects what a guest writes to stdout or stderr, up to a bound. */
export class OutputStream {
  private readonly name: OutputName
  private readonly limit: number
  private readonly onWrite: OnWrite | undefined
  private buffer = new Uint8Array(256)
  private length = 0

  constructor(
    name: OutputName,
    { limit, onWrite }: { limit: number; onWrite?: OnWrite | undefined },
  ) {
    this.name = name
    this.limit = limit
    this.onWrite = onWrite
  }

  /** Keeps what fits; the byte beyond the limit ends the run. */
  write(bytes: Uint8Array): void {
    const fitting = bytes.subarray(0, this.limit - this.length)
    this.reserve(this.length + fitting.length)
    this.buffer.set(fitting, this.length)
    this.length += fitting.length
    if (fitting.length > 0) this.onWrite?.({ stream: this.name, bytes: fitting })
    if (fitting.length < bytes.length) throw new OutputLimit(this.name)
  }

  written(): Uint8Array {
    return this.buffer.slice(0, this.length)
  }

  private reserve(size: number): void {
    if (size <= this.buffer.length) return
    const grown = new Uint8Array(Math.max(size, Math.min(this.buffer.length * 2, this.limit)))
    grown.set(this.buffer.subarray(0, this.length))
    this.buffer = grown
  }
}

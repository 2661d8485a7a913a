const text = new TextEncoder()
// Below this many bytes a plain loop beats the native copy.
const SHORT_COPY = 24

/** A growing byte buffer with WebAssembly's number encodings. */
export class ByteWriter {
  private buffer: Uint8Array
  length = 0

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity)
  }

  /** What was written so far; shares memory with the writer. */
  written(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }

  u8(value: number): void {
    this.reserve(1)
    this.buffer[this.length++] = value
  }

  bytes(values: ArrayLike<number>): void {
    this.reserve(values.length)
    this.buffer.set(values, this.length)
    this.length += values.length
  }

  copy(source: Uint8Array, from: number, to: number): void {
    const size = to - from
    if (size <= 0) return
    this.reserve(size)
    if (size >= SHORT_COPY) this.buffer.set(source.subarray(from, to), this.length)
    else {
      const { buffer, length } = this
      for (let i = 0; i < size; i++) buffer[length + i] = source[from + i] as number
    }
    this.length += size
  }

  u32(value: number): void {
    let rest = value >>> 0
    this.reserve(5)
    while (rest > 0x7f) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.buffer[this.length++] = rest
  }

  /** A signed number of up to 32 bits. */
  s32(value: number): void {
    let rest = value
    this.reserve(6)
    for (;;) {
      const low = rest & 0x7f
      rest >>= 7
      const done = (rest === 0 && !(low & 0x40)) || (rest === -1 && (low & 0x40) !== 0)
      this.buffer[this.length++] = done ? low : low | 0x80
      if (done) return
    }
  }

  name(value: string): void {
    const encoded = text.encode(value)
    this.u32(encoded.length)
    this.bytes(encoded)
  }

  /** Leaves room for a five-byte length, to be filled in by `closeLength`. */
  openLength(): number {
    this.reserve(5)
    this.length += 5
    return this.length
  }

  /** Writes the length of all that followed `openLength`. */
  closeLength(opened: number): void {
    const size = this.length - opened
    for (let i = 0; i < 4; i++) this.buffer[opened - 5 + i] = ((size >>> (7 * i)) & 0x7f) | 0x80
    this.buffer[opened - 1] = size >>> 28
  }

  private reserve(size: number): void {
    if (this.length + size <= this.buffer.length) return
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + size))
    grown.set(this.written())
    this.buffer = grown
  }
}

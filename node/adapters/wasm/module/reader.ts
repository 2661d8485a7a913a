import { refuse } from './faults.ts'

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const NAME_BYTES_MAX = 4096

/** A cursor over a module's bytes; every read is bounded by `end`. */
export class ByteReader {
  readonly bytes: Uint8Array
  at = 0
  end: number

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.end = bytes.length
  }

  u8(): number {
    if (this.at >= this.end) refuse('TRUNCATED', 'the bytes end too early')
    return this.bytes[this.at++] as number
  }

  u32(): number {
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.u8()
      value |= (byte & 0x7f) << shift
      if (byte >= 0x80) continue
      if (shift === 28 && byte > 15) break
      return value >>> 0
    }
    return refuse('BAD_ENCODING', 'number too long')
  }

  /** A count that must not exceed `max`. */
  count(what: string, max: number): number {
    const value = this.u32()
    if (value > max) refuse('TOO_MANY', `${value} ${what}`, { value, limit: max })
    return value
  }

  /** A signed 33-bit number: the type of a block. */
  s33(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8()
      value += (byte & 0x7f) * 2 ** shift
      if (byte >= 0x80) continue
      return byte & 0x40 ? value - 2 ** (shift + 7) : value
    }
    return refuse('BAD_ENCODING', 'block type too long')
  }

  /** Passes over a signed number of at most `max` bytes. */
  skipSigned(max: number): void {
    for (let length = 0; length < max; length++) if (this.u8() < 0x80) return
    refuse('BAD_ENCODING', 'number too long')
  }

  skip(length: number): void {
    if (this.at + length > this.end) refuse('TRUNCATED', 'the bytes end too early')
    this.at += length
  }

  name(): string {
    const length = this.count('bytes in a name', NAME_BYTES_MAX)
    const from = this.at
    this.skip(length)
    try {
      return text.decode(this.bytes.subarray(from, this.at))
    } catch {
      return refuse('BAD_ENCODING', 'name is not UTF-8')
    }
  }
}

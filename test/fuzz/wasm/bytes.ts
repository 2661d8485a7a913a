/** An unsigned number in WebAssembly's encoding. */
export const leb = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]

/** A signed number in WebAssembly's encoding. */
export const signedLeb = (value: number): number[] =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signedLeb(value >> 7)]

/** A cursor over bytes of a module. */
export class Bytes {
  readonly source: Uint8Array
  readonly end: number
  at: number

  constructor(source: Uint8Array, from: number, end: number) {
    this.source = source
    this.at = from
    this.end = end
  }

  u8(): number {
    return this.source[this.at++] as number
  }

  u32(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  /** Passes over a signed number. */
  signed(): void {
    while (this.u8() >= 128);
  }

  name(): string {
    const size = this.u32()
    this.at += size
    return Buffer.from(this.source.subarray(this.at - size, this.at)).toString()
  }

  skip(size: number): void {
    this.at += size
  }
}

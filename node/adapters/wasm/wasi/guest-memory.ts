import { WASI_BOUNDS } from './bounds.ts'
import { fail } from './errno.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A scattered buffer: places and lengths in turn. */
export type Vectors = readonly { at: number; length: number }[]

/** The guest's memory, every access checked. Pointers arrive as signed 32-bit numbers. */
export class GuestMemory {
  bytes = new Uint8Array(0)
  private view = new DataView(new ArrayBuffer(0))
  private memory: WebAssembly.Memory | null = null

  attach(memory: WebAssembly.Memory): void {
    this.memory = memory
    this.refresh()
  }

  /** Called at the start of each host call: growing the memory detaches what was cached. */
  refresh(): void {
    const buffer = this.memory?.buffer
    if (!buffer || buffer === this.bytes.buffer) return
    this.bytes = new Uint8Array(buffer)
    this.view = new DataView(buffer)
  }

  /** The place a pointer names, once `length` bytes there are known to exist. */
  span(pointer: number, length: number): number {
    const at = pointer >>> 0
    if (at + length > this.bytes.length) fail('fault')
    return at
  }

  u8(pointer: number): number {
    return this.view.getUint8(this.span(pointer, 1))
  }

  u16(pointer: number): number {
    return this.view.getUint16(this.span(pointer, 2), true)
  }

  u32(pointer: number): number {
    return this.view.getUint32(this.span(pointer, 4), true)
  }

  u64(pointer: number): bigint {
    return this.view.getBigUint64(this.span(pointer, 8), true)
  }

  setU8(pointer: number, value: number): void {
    this.view.setUint8(this.span(pointer, 1), value)
  }

  setU16(pointer: number, value: number): void {
    this.view.setUint16(this.span(pointer, 2), value, true)
  }

  setU32(pointer: number, value: number): void {
    this.view.setUint32(this.span(pointer, 4), value, true)
  }

  setU64(pointer: number, value: bigint): void {
    this.view.setBigUint64(this.span(pointer, 8), value, true)
  }

  set(pointer: number, values: Uint8Array): void {
    this.bytes.set(values, this.span(pointer, values.length))
  }

  clear(pointer: number, length: number): void {
    const at = this.span(pointer, length)
    this.bytes.fill(0, at, at + length)
  }

  /** A path or name: UTF-8, bounded, without zero bytes. */
  text(pointer: number, length: number): string {
    const size = length >>> 0
    if (size > WASI_BOUNDS.pathBytes) fail('nametoolong')
    const at = this.span(pointer, size)
    const slice = this.bytes.subarray(at, at + size)
    if (slice.includes(0)) fail('inval')
    try {
      return decoder.decode(slice)
    } catch {
      return fail('ilseq')
    }
  }

  vectors(pointer: number, count: number): Vectors {
    const size = count >>> 0
    if (size > WASI_BOUNDS.vectors) fail('inval')
    const at = this.span(pointer, size * 8)
    return Array.from({ length: size }, (_, index) => {
      const length = this.u32(at + index * 8 + 4)
      return { at: this.span(this.u32(at + index * 8), length), length }
    })
  }
}

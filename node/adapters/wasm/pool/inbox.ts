import {
  decodeFrame,
  decodePrefix,
  type Frame,
  HEADER_BYTES_MAX,
  PREFIX_BYTES,
} from '../frames/index.ts'

type Filling = { bytes: Buffer; size: number; header: number; body: number }

const prefixOnly = (): Filling => ({
  bytes: Buffer.alloc(PREFIX_BYTES),
  size: 0,
  header: -1,
  body: 0,
})

/**
 * Puts frames together from the chunks of a stream. Room for a frame is made once, when its length is known, and each byte is copied once:
 * a child's 64 MiB of files must not hold up everything else this process does.
 */
export class Inbox {
  private waiting: Uint8Array[] = []
  private waitingBytes = 0
  private filling = prefixOnly()

  /** Bytes that came in before anyone asked for them. */
  get unread(): number {
    return this.waitingBytes
  }

  push(chunk: Uint8Array): void {
    this.waiting.push(chunk)
    this.waitingBytes += chunk.length
  }

  /** A whole frame, or null while bytes are missing. Throws where it is longer than it may be, or no frame. */
  take(bodyBytesMax: number): Frame | null {
    if (!this.fill()) return null
    if (this.filling.header < 0) this.makeRoom(bodyBytesMax)
    else if (this.filling.body > bodyBytesMax) throw new Error('frame too long')
    if (!this.fill()) return null
    const { bytes, header } = this.filling
    this.filling = prefixOnly()
    return decodeFrame(bytes.subarray(0, header), bytes.subarray(header))
  }

  private makeRoom(bodyBytesMax: number): void {
    const { header, body } = decodePrefix(this.filling.bytes)
    if (header > HEADER_BYTES_MAX || body > bodyBytesMax) throw new Error('frame too long')
    this.filling = { bytes: Buffer.allocUnsafeSlow(header + body), size: 0, header, body }
  }

  // Moves what has come into the place where it belongs; true once that is full.
  private fill(): boolean {
    const { filling } = this
    let used = 0
    for (const chunk of this.waiting) {
      const part = chunk.subarray(0, filling.bytes.length - filling.size)
      filling.bytes.set(part, filling.size)
      filling.size += part.length
      this.waitingBytes -= part.length
      if (part.length < chunk.length) {
        this.waiting[used] = chunk.subarray(part.length)
        break
      }
      used += 1
    }
    if (used > 0) this.waiting.splice(0, used)
    return filling.size === filling.bytes.length
  }
}

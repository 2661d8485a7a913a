/** One message between the sandbox and its child: a small JSON header and raw bytes in parts. */
export type Frame = {
  header: Readonly<Record<string, unknown>> & { type: string }
  parts: readonly Uint8Array[]
}

/** Header length and body length, each a 32-bit little-endian number. */
export const PREFIX_BYTES = 8
/** A longer header is not read. */
export const HEADER_BYTES_MAX = 4 << 20

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The frame as pieces to be written one after the other; parts are not copied. */
export const encodeFrame = ({ header, parts }: Frame): Uint8Array[] => {
  const sizes = parts.map((part) => part.length)
  const text = encoder.encode(JSON.stringify({ ...header, sizes }))
  const prefix = new Uint8Array(PREFIX_BYTES)
  const view = new DataView(prefix.buffer)
  view.setUint32(0, text.length, true)
  view.setUint32(
    4,
    sizes.reduce((sum, size) => sum + size, 0),
    true,
  )
  return [prefix, text, ...parts]
}

export const decodePrefix = (prefix: Uint8Array): { header: number; body: number } => {
  const view = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES)
  return { header: view.getUint32(0, true), body: view.getUint32(4, true) }
}

/** Throws on anything that is not a frame: the other side may have gone mad. */
export const decodeFrame = (text: Uint8Array, body: Uint8Array): Frame => {
  const { sizes, ...header } = JSON.parse(decoder.decode(text)) as Frame['header'] & {
    sizes: unknown
  }
  if (typeof header.type !== 'string' || !Array.isArray(sizes)) throw new Error('not a frame')
  let at = 0
  const parts = sizes.map((size: number) => {
    at += size
    // Plain bytes, whatever kind of buffer they came in.
    return new Uint8Array(body.buffer, body.byteOffset + at - size, size)
  })
  if (at !== body.length) throw new Error('parts do not add up')
  return { header, parts }
}

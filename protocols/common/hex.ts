import type { Hex } from './units.ts'

const BYTE_TEXT = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

// By character code; everything that is no digit counts as zero.
const DIGITS = new Uint8Array(128)
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  DIGITS[digit.charCodeAt(0)] = value
  DIGITS[digit.toUpperCase().charCodeAt(0)] = value
}

/** Bytes to 0x-prefixed lower-case hex. */
export const toHex = (bytes: Uint8Array): Hex => {
  let text = ''
  for (let at = 0; at < bytes.length; at++) text += BYTE_TEXT[bytes[at] as number]
  return `0x${text}`
}

/** 0x-prefixed hex to bytes; the input is trusted to be well formed. */
export const fromHex = (hex: Hex): Uint8Array => {
  const bytes = new Uint8Array((hex.length - 2) >> 1)
  for (let at = 0; at < bytes.length; at++) {
    const high = DIGITS[hex.charCodeAt(2 * at + 2)] as number
    const low = DIGITS[hex.charCodeAt(2 * at + 3)] as number
    bytes[at] = (high << 4) | low
  }
  return bytes
}

import { toString as formatText, fromString as parseText } from 'uint8arrays'
import type { Hex } from './units.ts'

/** Bytes to 0x-prefixed lower-case hex. */
export const toHex = (bytes: Uint8Array): Hex => `0x${formatText(bytes, 'base16')}`

/** 0x-prefixed hex to bytes; the input is trusted to be well formed. */
export const fromHex = (hex: Hex): Uint8Array => parseText(hex.slice(2), 'base16')

import { readSync, writeSync } from 'node:fs'
import {
  decodeFrame,
  decodePrefix,
  encodeFrame,
  type Frame,
  HEADER_BYTES_MAX,
  PREFIX_BYTES,
} from '../frames/index.ts'

/** The child's end of the line: both calls block, so a guest can be held in the middle of its work. */
export type Channel = { receive(): Frame; send(frame: Frame): void }

/** The owner has closed the line. */
export class ChannelClosed extends Error {}

/** A channel over an inherited descriptor. */
export const createChannel = (descriptor: number): Channel => {
  const read = (size: number): Uint8Array => {
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size; ) {
      const count = readSync(descriptor, bytes, at, size - at, null)
      if (count === 0) throw new ChannelClosed()
      at += count
    }
    return bytes
  }
  const write = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
  }
  return {
    receive: () => {
      const { header, body } = decodePrefix(read(PREFIX_BYTES))
      if (header > HEADER_BYTES_MAX) throw new Error('header too long')
      return decodeFrame(read(header), read(body))
    },
    send: (frame) => {
      for (const piece of encodeFrame(frame)) write(piece)
    },
  }
}

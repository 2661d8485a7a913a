import type { Cid } from '../../../protocols/common/index.ts'
import { toHex } from '../../../protocols/common/index.ts'
import {
  CHUNK_BYTES,
  type ChunkList,
  chunkSize,
  cidOfHash,
  isContentOf,
  readChunkList,
  requireCid,
  sameBytes,
} from '../../../protocols/network/index.ts'
import { sha256 } from './blob-files.ts'

/** What is known of some content before its chunks are there. `list` is null where it is one chunk. */
export type Outline = { cid: Cid; size: number; list: ChunkList | null; encodedList: Uint8Array }

/** The name of one chunk. */
export const chunkCid = ({ cid, list }: Outline, index: number): Cid =>
  list ? cidOfHash(toHex(list.chunks[index] as Uint8Array)) : cid

/** How many chunks an outline has. */
export const chunkCount = ({ list }: Outline): number => list?.chunks.length ?? 1

/** How many bytes one chunk has. */
export const sizeOfChunk = ({ list, size }: Outline, index: number): number =>
  list ? chunkSize(list, index) : size

/** Every file that the content is kept in. */
export const filesOf = (outline: Outline): Cid[] => [
  ...new Set([
    outline.cid,
    ...Array.from({ length: chunkCount(outline) }, (_, index) => chunkCid(outline, index)),
  ]),
]

/** The outline of content that is one chunk. */
export const wholeOutline = (cid: Cid, size: number): Outline => ({
  cid,
  size,
  list: null,
  encodedList: new Uint8Array(),
})

/** The outline that an encoded chunk list gives, if it is the list that the CID names. */
export const listOutline = (cid: Cid, encodedList: Uint8Array): Outline | null => {
  if (!sameBytes(sha256(encodedList), requireCid(cid).digest)) return null
  const list = readChunkList(encodedList)
  return list && { cid, size: list.size, list, encodedList }
}

/** Whether some bytes are the chunk that the outline names. */
export const isChunk = (outline: Outline, index: number, bytes: Uint8Array): boolean =>
  bytes.length <= CHUNK_BYTES && isContentOf(chunkCid(outline, index), bytes, sha256)

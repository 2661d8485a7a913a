import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import type { CborValue, Cid, Hash } from '../common/index.ts'
import { decodeCbor, encodeCbor, Fault, fromHex, toHex } from '../common/index.ts'
import type { NetworkFault } from './faults.ts'
import { CHUNK_BYTES, MAX_CHUNKS, MAX_CONTENT_BYTES } from './limits.ts'

const RAW = 0x55
const DAG_CBOR = 0x71
const SHA2_256 = 0x12
const DIGEST_BYTES = 32

/** SHA-256 as an argument: native in the node. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

/** `whole`: the digest is that of the bytes. `list`: it is that of the list of its chunks. */
export type ContentId = { kind: 'whole' | 'list'; digest: Uint8Array }

/** What a list says: the size in bytes and the SHA-256 of each chunk, all of CHUNK_BYTES but the last. */
export type ChunkList = { size: number; chunks: readonly Uint8Array[] }

const cidOf = (codec: number, digest: Uint8Array): Cid =>
  CID.createV1(codec, createDigest(SHA2_256, digest)).toString()

/** The CID of content of at most CHUNK_BYTES whose SHA-256 is known. */
export const cidOfHash = (hash: Hash): Cid => cidOf(RAW, fromHex(hash))

/** The SHA-256 that a CID of small content stands for; null for larger content or anything else. */
export const hashOfCid = (cid: Cid): Hash | null => {
  const id = readCid(cid)
  return id?.kind === 'whole' ? toHex(id.digest) : null
}

/** What a CID names; null unless it is a canonical CIDv1 of SHA-256 over raw bytes or over a chunk list. */
export const readCid = (cid: Cid): ContentId | null => {
  try {
    const { version, code, multihash } = CID.parse(cid)
    if (version !== 1 || multihash.code !== SHA2_256) return null
    if (multihash.digest.length !== DIGEST_BYTES) return null
    if (code !== RAW && code !== DAG_CBOR) return null
    if (cidOf(code, multihash.digest) !== cid) return null
    return { kind: code === RAW ? 'whole' : 'list', digest: multihash.digest }
  } catch {
    return null
  }
}

/** As readCid, throwing Fault CONTENT_ID_INVALID. */
export const requireCid = (cid: Cid): ContentId => {
  const id = readCid(cid)
  if (!id) throw new Fault<NetworkFault>('CONTENT_ID_INVALID', 'Not a content id of this network')
  return id
}

/** The pieces of some content, in order. */
export const chunksOf = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, index) =>
    bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  )

/** The CID of some bytes and, where they are too many for one chunk, the encoded chunk list that it names. */
export const describeContent = (
  bytes: Uint8Array,
  sha256: Sha256,
): { cid: Cid; list: Uint8Array | null } => {
  if (bytes.length > MAX_CONTENT_BYTES) {
    throw new Fault<NetworkFault>('CONTENT_TOO_LARGE', 'More bytes than content may have', {
      size: bytes.length,
      maxBytes: MAX_CONTENT_BYTES,
    })
  }
  if (bytes.length <= CHUNK_BYTES) return { cid: cidOf(RAW, sha256(bytes)), list: null }
  const list = encodeCbor([bytes.length, chunksOf(bytes).map((chunk) => sha256(chunk))])
  return { cid: cidOf(DAG_CBOR, sha256(list)), list }
}

const isDigest = (value: CborValue): value is Uint8Array =>
  value instanceof Uint8Array && value.length === DIGEST_BYTES

/** A decoded chunk list; null unless its size and its chunks agree. */
export const readChunkList = (bytes: Uint8Array): ChunkList | null => {
  try {
    const [size, chunks, ...rest] = decodeCbor(bytes) as CborValue[]
    if (rest.length > 0 || typeof size !== 'number' || !Number.isSafeInteger(size)) return null
    if (size <= CHUNK_BYTES || size > MAX_CONTENT_BYTES || !Array.isArray(chunks)) return null
    if (chunks.length > MAX_CHUNKS || chunks.length !== Math.ceil(size / CHUNK_BYTES)) return null
    return chunks.every(isDigest) ? { size, chunks } : null
  } catch {
    return null
  }
}

/** How many bytes chunk `index` of a list has. */
export const chunkSize = ({ size, chunks }: ChunkList, index: number): number =>
  index === chunks.length - 1 ? size - index * CHUNK_BYTES : CHUNK_BYTES

/** Whether two byte strings are equal. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

/** Whether the bytes are the content that the CID names. */
export const isContentOf = (cid: Cid, bytes: Uint8Array, sha256: Sha256): boolean =>
  bytes.length <= MAX_CONTENT_BYTES && describeContent(bytes, sha256).cid === cid

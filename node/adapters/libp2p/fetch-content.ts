import type { Stream } from '@libp2p/interface'
import { pipe } from 'it-pipe'
import type { Cid } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import {
  CHUNK_BYTES,
  chunkSize,
  decodeTransferReply,
  encodeTransferRequest,
  type NetworkFault,
  prefixFrame,
  requireCid,
  type TransferReply,
  type TransferRequest,
} from '../../../protocols/network/index.ts'
import { type BlobStore, chunkCount, listOutline, type Outline, wholeOutline } from './blobs.ts'
import {
  type ByteSource,
  createByteSource,
  readBytes,
  readFrameBytes,
  within,
} from './byte-source.ts'
import { sendBytes } from './serve-content.ts'

const REPLY_MS = 15_000
const CHUNK_MS = 30_000

type Run = { first: number; count: number }

const fault = (code: NetworkFault, message: string, details: Record<string, unknown> = {}) =>
  new Fault<NetworkFault>(code, message, details)

const ask = async (
  stream: Stream,
  source: ByteSource,
  request: TransferRequest,
): Promise<TransferReply> => {
  await sendBytes(stream, prefixFrame(encodeTransferRequest(request)))
  const bytes = await within(REPLY_MS, readFrameBytes(source))
  if (!bytes) throw fault('PEER_UNREACHABLE', 'The stream ended early')
  const reply = decodeTransferReply(bytes)
  if (!reply) throw fault('FRAME_INVALID', 'Not a content reply')
  return reply
}

const outlineOf = (cid: Cid, { size, list }: TransferReply & { kind: 'described' }): Outline => {
  const isWhole = requireCid(cid).kind === 'whole'
  const outline = isWhole ? wholeOutline(cid, size) : listOutline(cid, list)
  if (!outline || (isWhole && size > CHUNK_BYTES)) {
    throw fault('CONTENT_CORRUPT', 'The chunk list is not what the id names')
  }
  return outline
}

const sizeOfChunk = ({ list, size }: Outline, index: number): number =>
  list ? chunkSize(list, index) : size

/** The runs of chunks that are not here yet. */
export const missingRuns = async (blobs: BlobStore, outline: Outline): Promise<Run[]> => {
  const runs: Run[] = []
  for (let index = 0; index < chunkCount(outline); index += 1) {
    if (await blobs.chunk(outline, index)) continue
    const last = runs.at(-1)
    if (last && last.first + last.count === index) last.count += 1
    else runs.push({ first: index, count: 1 })
  }
  return runs
}

async function* arriving(source: ByteSource, outline: Outline, { first, count }: Run) {
  for (let index = first; index < first + count; index += 1) {
    const bytes = await within(CHUNK_MS, readBytes(source, sizeOfChunk(outline, index)))
    if (!bytes) throw fault('PEER_UNREACHABLE', 'The stream ended early')
    yield { index, bytes }
  }
}

const intoStore =
  (blobs: BlobStore, outline: Outline) =>
  async (chunks: AsyncIterable<{ index: number; bytes: Uint8Array }>) => {
    for await (const { index, bytes } of chunks) await blobs.keepChunk(outline, index, bytes)
  }

/** Brings some content from the other end of a fresh stream into the store, going on where an earlier attempt stopped. */
export const fetchContent = async (
  stream: Stream,
  blobs: BlobStore,
  { cid, maxBytes }: { cid: Cid; maxBytes: number },
): Promise<Outline> => {
  const source = createByteSource(stream)
  const reply = await ask(stream, source, { kind: 'describe', cid })
  if (reply.kind !== 'described') {
    throw fault('CONTENT_UNAVAILABLE', 'The other side does not have this content')
  }
  const outline = outlineOf(cid, reply)
  if (outline.size > maxBytes) {
    throw fault('CONTENT_TOO_LARGE', 'The content is larger than asked for', {
      size: outline.size,
      maxBytes,
    })
  }
  await blobs.keepOutline(outline)
  for (const run of await missingRuns(blobs, outline)) {
    const sending = await ask(stream, source, { kind: 'send', ...run })
    if (sending.kind !== 'sending') throw fault('FRAME_INVALID', 'Not a content reply')
    await pipe(arriving(source, outline, run), intoStore(blobs, outline))
  }
  return outline
}

import type { Stream } from '@libp2p/interface'
import { pipe } from 'it-pipe'
import type { Cid } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import {
  CHUNK_BYTES,
  decodeTransferReply,
  encodeTransferRequest,
  type NetworkFault,
  prefixFrame,
  requireCid,
  type TransferReply,
  type TransferRequest,
} from '../../../protocols/network/index.ts'
import {
  type ByteSource,
  createByteSource,
  readBytes,
  readFrameBytes,
  within,
} from './byte-source.ts'
import type { Download, Run } from './download.ts'
import { listOutline, type Outline, sizeOfChunk, wholeOutline } from './outline.ts'
import { sendBytes } from './serve-content.ts'

const REPLY_MS = 15_000
const CHUNK_MS = 30_000
/** Chunks that may wait for the disk while more come in. */
const MAX_WRITES = 8

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

async function* arriving(source: ByteSource, outline: Outline, { first, count }: Run) {
  for (let index = first; index < first + count; index += 1) {
    const bytes = await within(CHUNK_MS, readBytes(source, sizeOfChunk(outline, index)))
    if (!bytes) throw fault('PEER_UNREACHABLE', 'The stream ended early')
    yield { index, bytes }
  }
}

/** Writes while more comes in, a few chunks at a time; all of it is kept, or the first failure thrown, when this resolves. */
const into =
  (download: Download) => async (chunks: AsyncIterable<{ index: number; bytes: Uint8Array }>) => {
    const writing = new Set<Promise<void>>()
    let failure: { error: unknown } | null = null
    try {
      for await (const { index, bytes } of chunks) {
        const write = download
          .arrive(index, bytes)
          .catch((error) => {
            failure ??= { error }
          })
          .finally(() => writing.delete(write))
        writing.add(write)
        if (writing.size >= MAX_WRITES) await Promise.race(writing)
        if (failure) break
      }
    } finally {
      await Promise.all(writing)
    }
    if (failure) throw (failure as { error: unknown }).error
  }

/** Brings what a download still lacks from the other end of a fresh stream, until nothing is missing. */
export const fetchContent = async (stream: Stream, download: Download): Promise<void> => {
  const source = createByteSource(stream)
  const reply = await ask(stream, source, { kind: 'describe', cid: download.cid })
  if (reply.kind !== 'described') {
    throw fault('CONTENT_UNAVAILABLE', 'The other side does not have this content')
  }
  const outline = outlineOf(download.cid, reply)
  await download.begin(outline)
  while (download.missing() > 0) {
    const changed = download.changed()
    const run = download.claim()
    if (!run) {
      await changed
      continue
    }
    try {
      const sending = await ask(stream, source, { kind: 'send', ...run })
      if (sending.kind !== 'sending') throw fault('FRAME_INVALID', 'Not a content reply')
      await pipe(arriving(source, outline, run), into(download))
    } finally {
      download.release(run)
    }
  }
}

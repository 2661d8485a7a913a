import type { Stream } from '@libp2p/interface'
import { pipe } from 'it-pipe'
import type { PeerId } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import {
  decodeTransferRequest,
  encodeTransferReply,
  type NetworkFault,
  prefixFrame,
  readCid,
  type TransferReply,
  type TransferRequest,
} from '../../../protocols/network/index.ts'
import type { BlobStore } from './blobs.ts'
import { type ByteSource, createByteSource, readFrameBytes, within } from './byte-source.ts'
import { chunkCount, type Outline } from './outline.ts'

/** One stream per transfer; each side closes it when done. */
export const CONTENT_PROTOCOL = '/souk/content/1'

const REQUEST_MS = 15_000
const DRAIN_MS = 30_000
const MAX_TRANSFERS = 64
const READ_AHEAD = 4
const MAX_TRANSFERS_PER_PEER = 8

const fault = (code: NetworkFault, message: string) => new Fault<NetworkFault>(code, message)

/** Resolves once nothing waits in the stream any more, or rejects when it ends before. */
const sentAll = (stream: Stream): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = (settle: () => void) => () => {
      stream.removeEventListener('idle', onIdle)
      stream.removeEventListener('close', onClose)
      settle()
    }
    const onIdle = end(resolve)
    const onClose = end(() => reject(fault('PEER_UNREACHABLE', 'The stream ended early')))
    stream.addEventListener('idle', onIdle)
    stream.addEventListener('close', onClose)
  })

/** Sends, then waits until the other side has room for more. Not by `onDrain`: after the first drain it resolves at once for ever, and the write buffer overflows. */
export const sendBytes = async (stream: Stream, bytes: Uint8Array): Promise<void> => {
  if (!stream.send(bytes) && stream.writeBufferLength > 0) await within(DRAIN_MS, sentAll(stream))
}

const sendReply = (stream: Stream, reply: TransferReply) =>
  sendBytes(stream, prefixFrame(encodeTransferReply(reply)))

/** Nothing where it failed: then the chunk is as good as lost. */
const settled = (chunk: Promise<Uint8Array | null>) => chunk.catch(() => null)

async function* chunksFrom(
  blobs: BlobStore,
  outline: Outline,
  { first, count }: TransferRequest & { kind: 'send' },
) {
  // The next ones are read from disk while one goes out.
  const ahead = Array.from({ length: Math.min(READ_AHEAD, count) }, (_, at) =>
    settled(blobs.chunk(outline, first + at)),
  )
  for (let index = first; index < first + count; index += 1) {
    const bytes = await ahead.shift()
    if (!bytes) throw fault('CONTENT_UNAVAILABLE', 'A chunk was lost')
    const next = index + READ_AHEAD
    if (next < first + count) ahead.push(settled(blobs.chunk(outline, next)))
    yield bytes
  }
}

const intoStream = (stream: Stream) => async (chunks: AsyncIterable<Uint8Array>) => {
  for await (const chunk of chunks) await sendBytes(stream, chunk)
}

const readRequest = async (source: ByteSource): Promise<TransferRequest | null> => {
  const bytes = await within(REQUEST_MS, readFrameBytes(source))
  if (!bytes) return null
  const request = decodeTransferRequest(bytes)
  if (!request) throw fault('FRAME_INVALID', 'Not a content request')
  return request
}

const describe = async (blobs: BlobStore, cid: string): Promise<Outline | null> =>
  readCid(cid) && (await blobs.has(cid)) ? blobs.outline(cid) : null

const serve = async (stream: Stream, blobs: BlobStore): Promise<void> => {
  const source = createByteSource(stream)
  let outline: Outline | null = null
  for (let request = await readRequest(source); request; request = await readRequest(source)) {
    if (request.kind === 'describe') {
      outline = await describe(blobs, request.cid)
      await sendReply(
        stream,
        outline
          ? { kind: 'described', size: outline.size, list: outline.encodedList }
          : { kind: 'missing' },
      )
      continue
    }
    if (!outline || request.first + request.count > chunkCount(outline)) {
      throw fault('FRAME_INVALID', 'Not a run of these chunks')
    }
    await sendReply(stream, { kind: 'sending' })
    await pipe(chunksFrom(blobs, outline, request), intoStream(stream))
  }
  await stream.close()
}

/** Answers content streams, a few at a time for each peer. */
export const createContentServer = (blobs: BlobStore) => {
  const running = new Map<PeerId, number>()
  let total = 0
  const enter = (peer: PeerId) => {
    const own = running.get(peer) ?? 0
    if (total >= MAX_TRANSFERS || own >= MAX_TRANSFERS_PER_PEER) {
      throw fault('TOO_MANY_REQUESTS', 'Too many transfers at a time')
    }
    total += 1
    running.set(peer, own + 1)
  }
  const leave = (peer: PeerId) => {
    total -= 1
    const own = (running.get(peer) ?? 1) - 1
    if (own > 0) running.set(peer, own)
    else running.delete(peer)
  }
  return async (stream: Stream, peer: PeerId): Promise<void> => {
    try {
      enter(peer)
    } catch (error) {
      stream.abort(error as Fault)
      return
    }
    try {
      await serve(stream, blobs)
    } catch (error) {
      stream.abort(error instanceof Error ? error : fault('FRAME_INVALID', 'The stream broke'))
    } finally {
      leave(peer)
    }
  }
}

import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Stream } from '@libp2p/interface'
import { streamPair } from '@libp2p/utils'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type BlobStore, createBlobStore } from '../../../node/adapters/libp2p/blobs.ts'
import { within } from '../../../node/adapters/libp2p/byte-source.ts'
import { createDownload } from '../../../node/adapters/libp2p/download.ts'
import { fetchContent } from '../../../node/adapters/libp2p/fetch-content.ts'
import { chunkCount, type Outline } from '../../../node/adapters/libp2p/outline.ts'
import { createContentServer } from '../../../node/adapters/libp2p/serve-content.ts'
import type { Cid } from '../../../protocols/common/index.ts'
import {
  CHUNK_BYTES,
  encodeTransferReply,
  encodeTransferRequest,
  prefixFrame,
  type TransferReply,
} from '../../../protocols/network/index.ts'
import { hasCode } from '../../ports/network-worlds.ts'

const some = (length: number) =>
  Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8) * 3 + (at >> 16)) & 255)
const reply = (value: TransferReply) => prefixFrame(encodeTransferReply(value))
const described = (size: number, list: Uint8Array = new Uint8Array()) =>
  reply({ kind: 'described', size, list })

const missingIn = async (blobs: BlobStore, outline: Outline): Promise<number[]> => {
  const missing: number[] = []
  for (let index = 0; index < chunkCount(outline); index += 1) {
    if (!(await blobs.chunk(outline, index))) missing.push(index)
  }
  return missing
}

describe('a transfer of content', () => {
  let folder: string
  let theirs: BlobStore
  let ours: BlobStore
  let serve: ReturnType<typeof createContentServer>
  const fetch = async (cid: Cid, maxBytes = 1 << 22) => {
    const [client, server] = await streamPair({ delay: 0 })
    const served = serve(server, 'peer')
    const download = createDownload(ours, { cid, maxBytes })
    try {
      await fetchContent(client, download)
      return await download.done
    } finally {
      await client.close()
      await served
    }
  }
  /** Plays the serving side by hand. */
  const fetchFrom = async (cid: Cid, act: (stream: Stream) => void) => {
    const [client, server] = await streamPair({ delay: 0 })
    act(server)
    try {
      await fetchContent(client, createDownload(ours, { cid, maxBytes: 1 << 22 }))
    } finally {
      client.abort(new Error('over'))
    }
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-transfer-'))
    theirs = createBlobStore({ folder: join(folder, 'theirs') })
    ours = createBlobStore({ folder: join(folder, 'ours') })
    serve = createContentServer(theirs)
  })
  afterEach(() => rm(folder, { recursive: true }))

  for (const size of [0, 10, CHUNK_BYTES, 6 * CHUNK_BYTES + 3]) {
    it(`brings all ${size} bytes over`, async () => {
      const cid = await theirs.put(some(size))
      assert.deepEqual(await fetch(cid), some(size))
      assert.equal(await ours.has(cid), true)
    })
  }

  it('goes on where an earlier one stopped', async () => {
    const bytes = some(5 * CHUNK_BYTES)
    const cid = await theirs.put(bytes)
    const outline = await theirs.outline(cid)
    assert.ok(outline)
    for (const index of [0, 2]) {
      await ours.keepChunk(
        outline,
        index,
        bytes.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
      )
    }
    const sent: number[] = []
    const chunk: BlobStore['chunk'] = async (of, index) => {
      sent.push(index)
      return theirs.chunk(of, index)
    }
    serve = createContentServer({ ...theirs, chunk })
    assert.equal(Buffer.compare(await fetch(cid), bytes), 0)
    assert.deepEqual(sent, [1, 3, 4])
    assert.equal(await ours.has(cid), true)
  })

  it('keeps the good chunks when the server turns out to lack one', async () => {
    const cid = await theirs.put(some(4 * CHUNK_BYTES))
    const outline = await theirs.outline(cid)
    assert.ok(outline)
    // The server finds out only when it comes to reading it.
    const chunk: BlobStore['chunk'] = async (of, index) =>
      index === 2 ? null : theirs.chunk(of, index)
    serve = createContentServer({ ...theirs, chunk })
    await assert.rejects(fetch(cid), hasCode('PEER_UNREACHABLE'))
    assert.ok(((await missingIn(ours, outline))[0] ?? 0) <= 2)
    serve = createContentServer(theirs)
    await fetch(cid)
    assert.equal(await ours.has(cid), true)
  })

  it('ends before it begins where the content is missing or larger than wanted', async () => {
    const cid = await theirs.put(some(CHUNK_BYTES + 1))
    await assert.rejects(fetch(cid, CHUNK_BYTES), hasCode('CONTENT_TOO_LARGE'))
    assert.deepEqual(await readdir(folder), ['theirs'])
    const [absent, small] = [await ours.put(some(9)), await theirs.put(some(8))]
    await assert.rejects(fetch(absent), hasCode('CONTENT_UNAVAILABLE'))
    await assert.rejects(fetch(small, 7), hasCode('CONTENT_TOO_LARGE'))
  })

  describe('from a server that lies', () => {
    let small: Cid
    let large: Cid
    let list: Uint8Array
    beforeEach(async () => {
      small = await theirs.put(some(10))
      large = await theirs.put(some(2 * CHUNK_BYTES))
      list = (await theirs.outline(large))?.encodedList as Uint8Array
    })
    const lies: [what: string, code: string, act: (stream: Stream) => void][] = [
      [
        'other bytes',
        'CONTENT_CORRUPT',
        (stream) => {
          stream.send(described(10))
          stream.send(reply({ kind: 'sending' }))
          stream.send(some(11).subarray(1))
        },
      ],
      [
        'a chunk of a gigabyte',
        'CONTENT_CORRUPT',
        (stream) => void stream.send(described(1 << 30)),
      ],
      ['noise', 'FRAME_INVALID', (stream) => void stream.send(new Uint8Array([2, 0xff, 0xff]))],
      [
        'a frame of 10 MB',
        'FRAME_TOO_LARGE',
        (stream) => void stream.send(new Uint8Array([0x80, 0x80, 0x80, 5])),
      ],
      [
        'a length without end',
        'FRAME_TOO_LARGE',
        (stream) => void stream.send(new Uint8Array(9).fill(0x80)),
      ],
      ['nothing', 'PEER_UNREACHABLE', (stream) => void stream.close()],
      ['a reset', 'PEER_UNREACHABLE', (stream) => stream.abort(new Error('reset'))],
      [
        'a reply that answers something else',
        'FRAME_INVALID',
        (stream) => {
          stream.send(described(10))
          stream.send(described(10))
        },
      ],
      [
        'half a chunk',
        'PEER_UNREACHABLE',
        (stream) => {
          stream.send(described(10))
          stream.send(reply({ kind: 'sending' }))
          stream.send(some(5))
          stream.close().catch(() => {})
        },
      ],
    ]
    for (const [what, code, act] of lies) {
      it(`fails with ${code} for ${what}`, async () => {
        await assert.rejects(fetchFrom(small, act), hasCode(code))
        assert.equal(await ours.has(small), false)
      })
    }
    it('fails for another list', async () => {
      const other = list.slice()
      other[20] = (other[20] ?? 0) ^ 1
      await assert.rejects(
        fetchFrom(large, (stream) => void stream.send(described(2 * CHUNK_BYTES, other))),
        hasCode('CONTENT_CORRUPT'),
      )
    })
    it('keeps nothing past the chunk that is wrong', async () => {
      const act = (stream: Stream) => {
        stream.send(described(2 * CHUNK_BYTES, list))
        stream.send(reply({ kind: 'sending' }))
        stream.send(some(2 * CHUNK_BYTES).subarray(0, CHUNK_BYTES))
        stream.send(new Uint8Array(CHUNK_BYTES))
      }
      await assert.rejects(fetchFrom(large, act), hasCode('CONTENT_CORRUPT'))
      const outline = await ours.outline(large)
      assert.deepEqual(outline && (await missingIn(ours, outline)), [1])
    })
  })

  describe('to a client that breaks the rules', () => {
    const serveTo = async (peer: string, ...sent: Uint8Array[]) => {
      const [client, server] = await streamPair({ delay: 0 })
      for (const bytes of sent) client.send(bytes)
      const served = serve(server, peer)
      return { client, server, served }
    }
    const describeOf = (cid: Cid) => prefixFrame(encodeTransferRequest({ kind: 'describe', cid }))
    const send = (first: number, count: number) =>
      prefixFrame(encodeTransferRequest({ kind: 'send', first, count }))

    it('is cut off for noise, for chunks of nothing, and for chunks beyond the last', async () => {
      const cid = await theirs.put(some(10))
      const attempts = [
        [new Uint8Array([2, 0xff, 0xff])],
        [send(0, 1)],
        [describeOf(cid), send(0, 2)],
        [describeOf('not a cid'), send(0, 1)],
      ]
      for (const attempt of attempts) {
        const { server, served } = await serveTo('peer', ...attempt)
        await served
        assert.equal(server.status, 'aborted')
      }
    })

    it('is cut off past eight transfers at a time, and served again after', async () => {
      const open = await Promise.all(Array.from({ length: 8 }, () => serveTo('greedy')))
      const ninth = await serveTo('greedy')
      await ninth.served
      assert.equal(ninth.server.status, 'aborted')
      const other = await serveTo('modest')
      for (const { client, served } of [...open, other]) {
        await client.close()
        await served
      }
      const cid = await theirs.put(some(10))
      assert.equal((await fetch(cid)).length, 10)
    })
  })
})

describe('a wait with a limit', () => {
  it('gives the value in time, the error in time, or REQUEST_TIMEOUT', async () => {
    assert.equal(await within(10_000, Promise.resolve(1)), 1)
    await assert.rejects(within(10_000, Promise.reject(new Error('x'))), /x/)
    await assert.rejects(within(1, new Promise(() => {})), hasCode('REQUEST_TIMEOUT'))
  })
})

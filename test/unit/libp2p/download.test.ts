import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerIdFromString } from '@libp2p/peer-id'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { sha256 } from '../../../node/adapters/libp2p/blob-files.ts'
import { type BlobStore, createBlobStore } from '../../../node/adapters/libp2p/blobs.ts'
import { createDownload, type Download, type Run } from '../../../node/adapters/libp2p/download.ts'
import { gatherContent } from '../../../node/adapters/libp2p/gather-content.ts'
import { listOutline, type Outline } from '../../../node/adapters/libp2p/outline.ts'
import { createContentServer } from '../../../node/adapters/libp2p/serve-content.ts'
import { CHUNK_BYTES, chunksOf, describeContent } from '../../../protocols/network/index.ts'
import { hasCode } from '../../ports/network-worlds.ts'
import { createTestCore, type TestCore } from './fake-host.ts'

const some = (length: number) =>
  Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8) * 3 + (at >> 16)) & 255)

const CHUNKS = 20
const bytes = some((CHUNKS - 1) * CHUNK_BYTES + 5)
const { cid, list } = describeContent(bytes, sha256)
const outline = listOutline(cid, list as Uint8Array) as Outline
const pieces = chunksOf(bytes)
/** A disk of which only the promises matter here. */
const nowhere = {
  hold: async () => () => {},
  keepOutline: async () => {},
  keepChunk: async () => {},
  chunk: async () => null,
  settle: async () => {},
} as unknown as BlobStore

/** Sources that take and bring runs in turns; fails once three of them were asked for the same chunk. */
const takeTurns = (download: Download) => {
  const asked = new Map<number, Run>()
  const check = () => {
    const all = [...asked.values()].flatMap(({ first, count }) =>
      Array.from({ length: count }, (_, at) => first + at),
    )
    for (const index of all) assert.ok(all.filter((other) => other === index).length <= 2)
  }
  const bring = async (run: Run, brings: boolean) => {
    const brought = brings ? pieces.slice(run.first, run.first + run.count) : []
    for (const [at, piece] of brought.entries()) await download.arrive(run.first + at, piece)
    download.release(run)
  }
  return async ({ source, brings }: { source: number; brings: boolean }) => {
    const run = asked.get(source)
    asked.delete(source)
    if (run) return bring(run, brings)
    const next = download.claim()
    if (next) asked.set(source, next)
    check()
  }
}

describe('a download from any sources', () => {
  it('asks each chunk of at most two of them, comes to an end, and is whole', async () => {
    const step = fc.record({ source: fc.integer({ min: 0, max: 4 }), brings: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const download = createDownload(nowhere, { cid, maxBytes: bytes.length })
        await download.begin(outline)
        const turn = takeTurns(download)
        for (const one of steps) await turn(one)
        for (let at = 0; download.missing() > 0 && at < 400; at += 1) {
          await turn({ source: at % 5, brings: true })
        }
        assert.equal(download.missing(), 0)
        assert.equal(Buffer.compare(await download.done, bytes), 0)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a download whose last chunk has come', () => {
  it('is done only once the disk has it all', async () => {
    const synced = Promise.withResolvers<void>()
    const blobs = { ...nowhere, settle: () => synced.promise }
    const download = createDownload(blobs, { cid, maxBytes: bytes.length })
    await download.begin(outline)
    for (const [index, piece] of pieces.entries()) await download.arrive(index, piece)
    let isDone = false
    const done = download.done.then(() => {
      isDone = true
    })
    await new Promise(setImmediate)
    assert.equal(isDone, false)
    synced.resolve()
    await done
  })
})

describe('content with several sources', function () {
  this.timeout(30_000)
  let folder: string
  let alice: TestCore
  let theirs: BlobStore
  let ours: BlobStore
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-gather-'))
    theirs = createBlobStore({ folder: join(folder, 'theirs') })
    ours = createBlobStore({ folder: join(folder, 'ours') })
    alice = await createTestCore('alice', { blobs: ours })
    await theirs.put(bytes)
  })
  afterEach(async () => {
    alice.session.abort()
    await rm(folder, { recursive: true })
  })
  /** Peers whose chunks go through `chunk`, and how many each of them sent. */
  const sources = async (chunks: readonly BlobStore['chunk'][]) => {
    const sent: number[] = chunks.map(() => 0)
    const peers = await Promise.all(
      chunks.map(async (chunk, at) => {
        const core = await createTestCore(`source ${at}`)
        const counted: BlobStore['chunk'] = async (of, index) => {
          const found = await chunk(of, index)
          sent[at] = (sent[at] ?? 0) + 1
          return found
        }
        const serve = createContentServer({ ...theirs, chunk: counted })
        core.host.handlers.set('/souk/content/1', (stream) => serve(stream, 'alice'))
        alice.host.links.set(core.peerId, core.host)
        return peerIdFromString(core.peerId)
      }),
    )
    return { sent, peers }
  }
  const gather = async (chunks: readonly BlobStore['chunk'][], signal = alice.session.signal) => {
    const { sent, peers } = await sources(chunks)
    const download = createDownload(ours, { cid, maxBytes: bytes.length })
    const search = async function* () {
      yield* peers
    }
    try {
      return { got: await gatherContent(alice, { download, search, signal }), sent }
    } finally {
      download.close()
    }
  }
  const good: BlobStore['chunk'] = (of, index) => theirs.chunk(of, index)

  it('comes from all of them, each chunk hardly more than once', async () => {
    const { got, sent } = await gather([good, good, good])
    assert.equal(Buffer.compare(got, bytes), 0)
    assert.ok(
      sent.every((count) => count > 0),
      `${sent}`,
    )
    assert.equal(await ours.has(cid), true)
  })

  it('survives one that lacks chunks, one that sends others, and one that says nothing', async () => {
    const lacking: BlobStore['chunk'] = async (of, index) =>
      index % 3 === 2 ? null : theirs.chunk(of, index)
    const lying: BlobStore['chunk'] = async (of, index) => {
      const chunk = await theirs.chunk(of, index)
      return chunk?.map((byte) => byte ^ 1) ?? null
    }
    const silent: BlobStore['chunk'] = () => new Promise(() => {})
    const { got } = await gather([silent, lying, lacking, good])
    assert.equal(Buffer.compare(got, bytes), 0)
  })

  it('goes on with the same one after a cut, from where it was', async () => {
    let left = 5
    const cut: BlobStore['chunk'] = async (of, index) => {
      left -= 1
      if (left > 0) return theirs.chunk(of, index)
      left = 6
      // What was sent has to arrive before the stream goes.
      await new Promise((resolve) => setTimeout(resolve, 50))
      return null
    }
    const { got } = await gather([cut])
    assert.equal(Buffer.compare(got, bytes), 0)
  })

  it('fails when none of them has it, and leaves what came', async () => {
    const half: BlobStore['chunk'] = async (of, index) =>
      index < CHUNKS / 2 ? theirs.chunk(of, index) : null
    await assert.rejects(gather([half, half]), hasCode('CONTENT_UNAVAILABLE'))
    assert.ok(await ours.chunk(outline, 0))
    assert.equal(await ours.has(cid), false)
  })

  it('is no longer asked for once the asker gave up', async () => {
    const silent: BlobStore['chunk'] = () => new Promise(() => {})
    const giveUp = new AbortController()
    setTimeout(() => giveUp.abort(), 100)
    await assert.rejects(gather([silent], giveUp.signal))
  })
})

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type BlobStore, createBlobStore } from '../../../node/adapters/libp2p/blobs.ts'
import { listOutline, type Outline, wholeOutline } from '../../../node/adapters/libp2p/outline.ts'
import type { Cid } from '../../../protocols/common/index.ts'
import { CHUNK_BYTES } from '../../../protocols/network/index.ts'
import { hasCode } from '../../ports/network-worlds.ts'

const some = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 255)

describe('a store of blobs', () => {
  let folder: string
  let blobs: BlobStore
  const pathOf = (cid: Cid) => join(folder, cid.slice(-2), cid)
  const files = async () =>
    (await readdir(folder, { recursive: true })).filter((name) => name.length > 9)
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-blobs-'))
    blobs = createBlobStore({ folder })
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('keeps small content in one file by its name, for the owner only', async () => {
    const cid = await blobs.put(some(100))
    assert.deepEqual(Uint8Array.from(await readFile(pathOf(cid))), some(100))
    assert.deepEqual(await files(), [join(cid.slice(-2), cid)])
    assert.equal(await blobs.has(cid), true)
    assert.deepEqual(await blobs.outline(cid), wholeOutline(cid, 100))
  })

  it('keeps large content as chunks and their list, each once', async () => {
    const bytes = new Uint8Array(3 * CHUNK_BYTES + 1)
    const cid = await blobs.put(bytes)
    // Three equal chunks of zeros, the last byte, the list.
    assert.equal((await files()).length, 3)
    const outline = (await blobs.outline(cid)) as Outline
    assert.equal(outline.size, bytes.length)
    assert.equal((await blobs.chunk(outline, 3))?.length, 1)
    assert.equal(await blobs.put(bytes), cid)
  })

  it('does not have what was not put', async () => {
    const cid = await blobs.put(some(10))
    await rm(pathOf(cid))
    assert.equal(await blobs.has(cid), false)
    assert.equal(await blobs.outline(cid), null)
    assert.equal(await blobs.chunk(wholeOutline(cid, 10), 0), null)
  })

  it('drops a damaged chunk, and takes it anew', async () => {
    const cid = await blobs.put(some(10))
    await writeFile(pathOf(cid), some(11))
    assert.equal(await blobs.chunk(wholeOutline(cid, 10), 0), null)
    assert.equal(await blobs.has(cid), false)
    await blobs.put(some(10))
    assert.equal((await blobs.chunk(wholeOutline(cid, 10), 0))?.length, 10)
  })

  it('drops a damaged list, and lacks content of which a chunk is gone', async () => {
    const bytes = some(CHUNK_BYTES + 5)
    const cid = await blobs.put(bytes)
    const outline = (await blobs.outline(cid)) as Outline
    for (const file of await files()) {
      if (!file.endsWith(cid)) await rm(join(folder, file))
    }
    assert.equal(await blobs.has(cid), false)
    await writeFile(pathOf(cid), 'damaged')
    assert.equal(await blobs.outline(cid), null)
    assert.deepEqual(await files(), [])
    await blobs.keepOutline(outline)
    assert.deepEqual(await blobs.outline(cid), outline)
  })

  it('keeps no chunk that is not the one named', async () => {
    const cid = await blobs.put(some(10))
    const wrong = blobs.keepChunk(wholeOutline(cid, 10), 0, some(9))
    await assert.rejects(wrong, hasCode('CONTENT_CORRUPT'))
    const large = blobs.keepChunk(wholeOutline(cid, 10), 0, new Uint8Array(CHUNK_BYTES + 1))
    await assert.rejects(large, hasCode('CONTENT_CORRUPT'))
    assert.equal(listOutline(cid, new Uint8Array(5)), null)
  })

  it('passes on what the disk says, and leaves no half-written file', async () => {
    const cid = await blobs.put(some(10))
    await rm(pathOf(cid))
    await writeFile(join(folder, 'file'), '')
    const nowhere = createBlobStore({ folder: join(folder, 'file') })
    await assert.rejects(nowhere.put(some(10)), /ENOTDIR|EEXIST/)
    await assert.rejects(nowhere.outline(cid), /ENOTDIR/)
  })
})

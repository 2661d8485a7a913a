import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type BlobStore, createBlobStore } from '../../../node/adapters/libp2p/blobs.ts'
import type { Outline } from '../../../node/adapters/libp2p/outline.ts'
import { createShelf } from '../../../node/adapters/libp2p/shelf.ts'
import type { Cid } from '../../../protocols/common/index.ts'
import { CHUNK_BYTES } from '../../../protocols/network/index.ts'
import { hasCode } from '../../ports/network-worlds.ts'

const some = (length: number, seed = 0) =>
  Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8) + (at >> 18) * 5 + seed * 37) & 255)

/** A shelf with room for 200 bytes, and beside it the names by age and the sizes it must know. */
const fill = (files: readonly (readonly [number, number])[], touched: readonly number[]) => {
  const shelf = createShelf(200)
  const sizes = new Map<string, number>()
  for (const [number, size] of files) {
    shelf.add(`f${number}`, size)
    sizes.delete(`f${number}`)
    sizes.set(`f${number}`, size)
  }
  for (const name of touched.map((number) => `f${number}`)) {
    shelf.touch(name)
    const size = sizes.get(name)
    sizes.delete(name)
    if (size !== undefined) sizes.set(name, size)
  }
  const sizeOf = (names: Iterable<string>) =>
    [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)
  return { shelf, order: [...sizes.keys()], sizeOf }
}

describe('a shelf of any files', () => {
  const number = fc.integer({ min: 0, max: 30 })
  const filling = fc.record({
    files: fc.array(fc.tuple(number, fc.integer({ min: 0, max: 50 }))),
    touched: fc.array(number),
    needed: fc.array(number),
    incoming: fc.integer({ min: 0, max: 300 }),
  })

  it('drops the oldest that may go and no more than it must, or says that there is no room', () => {
    fc.assert(
      fc.property(filling, ({ files, touched, needed, incoming }) => {
        const { shelf, order, sizeOf } = fill(files, touched)
        const total = sizeOf(order)
        assert.equal(shelf.bytes, total)
        const mayNotGo = new Set(needed.map((name) => `f${name}`))
        const mayGo = order.filter((name) => !mayNotGo.has(name))
        const bytesWithout = (dropped: readonly string[]) => total - sizeOf(dropped) + incoming
        if (bytesWithout(mayGo) > 200) {
          assert.throws(() => shelf.excess(incoming, mayNotGo), hasCode('CONTENT_STORE_FULL'))
          return
        }
        const dropped = shelf.excess(incoming, mayNotGo)
        assert.deepEqual(dropped, mayGo.slice(0, dropped.length))
        assert.ok(bytesWithout(dropped) <= 200)
        // Nothing while it fits; else not one more than the low water mark asks for.
        assert.ok(dropped.length === 0 || bytesWithout([]) > 200)
        assert.ok(dropped.length === 0 || bytesWithout(dropped.slice(0, -1)) > 180)
      }),
    )
  })
})

describe('a store of blobs with a share of the disk', () => {
  const ROOM = 4 * CHUNK_BYTES
  let folder: string
  let blobs: BlobStore
  let dropped: Cid[]
  const open = () => {
    blobs = createBlobStore({ folder, maxBytes: ROOM })
    dropped = []
    blobs.onDropped((cid) => dropped.push(cid))
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-quota-'))
    open()
  })
  afterEach(() => rm(folder, { recursive: true }))
  const put = (seed: number, bytes = CHUNK_BYTES) => blobs.put(some(bytes, seed))
  const here = async (...cids: Cid[]) => {
    const found = []
    for (const cid of cids) found.push(await blobs.has(cid))
    return found
  }

  it('drops what was used longest ago, and tells of it', async () => {
    const first = await put(1)
    const second = await put(2)
    const third = await put(3)
    await blobs.outline(first)
    const [fourth, fifth] = [await put(4), await put(5)]
    assert.deepEqual(dropped, [second, third])
    assert.deepEqual(await here(first, second, third, fourth, fifth), [
      true,
      false,
      false,
      true,
      true,
    ])
  })

  it('keeps what is pinned, all chunks of it, until nobody needs it, across a restart', async () => {
    const large = await put(1, 2 * CHUNK_BYTES + 9)
    await blobs.pin('deal-0xab', [large])
    await blobs.pin('task-1', [large])
    const other = await put(2)
    open()
    await put(3)
    assert.deepEqual(await here(large, other), [true, false])
    await blobs.unpin('deal-0xab')
    open()
    await put(4)
    assert.deepEqual(await here(large), [true])
    await blobs.unpin('task-1')
    await blobs.unpin('task-1')
    await put(5)
    assert.deepEqual(await here(large), [false])
    assert.deepEqual(await readdir(join(folder, 'pins')), [])
  })

  it('refuses what does not fit beside the pinned, and drops nothing for it', async () => {
    const kept = await put(1, CHUNK_BYTES)
    await blobs.pin('task-1', [kept])
    const loose = await put(2, 10)
    await assert.rejects(put(3, ROOM), hasCode('CONTENT_STORE_FULL'))
    assert.deepEqual(await here(kept, loose), [true, true])
    await assert.rejects(blobs.pin('../task', [kept]), TypeError)
  })

  it('keeps what is being brought in, and promises no room twice', async () => {
    const elsewhere = createBlobStore({ folder: join(folder, 'elsewhere') })
    const outlines: Outline[] = []
    for (const seed of [1, 2]) {
      const cid = await elsewhere.put(some(3 * CHUNK_BYTES, seed))
      outlines.push((await elsewhere.outline(cid)) as Outline)
    }
    const [one, two] = outlines as [Outline, Outline]
    const release = await blobs.hold(one)
    await assert.rejects(blobs.hold(two), hasCode('CONTENT_STORE_FULL'))
    await blobs.keepOutline(one)
    for (const index of [0, 1, 2]) {
      await blobs.keepChunk(one, index, (await elsewhere.chunk(one, index)) as Uint8Array)
    }
    await assert.rejects(blobs.hold(two), hasCode('CONTENT_STORE_FULL'))
    release()
    await blobs.hold(two)
    assert.equal(dropped.length, 4)
  })

  it('knows after a restart what is there, by age, and clears what was half written', async () => {
    const [old, young] = [await put(1), await put(2)]
    const place = (cid: Cid) => join(folder, cid.slice(-2), cid)
    await utimes(place(old), 2, 2)
    await utimes(place(young), 1, 1)
    await writeFile(join(folder, old.slice(-2), '.half'), 'x')
    open()
    await put(3)
    await put(4)
    await put(5, 9)
    assert.deepEqual(await here(old, young), [true, false])
    assert.equal((await readdir(join(folder, old.slice(-2)))).includes('.half'), false)
  })
})

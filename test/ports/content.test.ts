import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'mocha'
import { toHex } from '../../protocols/common/index.ts'
import { CHUNK_BYTES, cidOfHash } from '../../protocols/network/index.ts'
import { until } from './libp2p-nodes.ts'
import { hasCode, type World, type WorldNode, worlds } from './network-worlds.ts'

const some = (length: number, seed: number) => {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31 + (at >> 8) * 7 + seed) & 0xff
  return bytes
}

for (const [name, createWorld] of worlds) {
  describe(`content ${name}`, function () {
    this.timeout(40_000)
    let world: World
    let alice: WorldNode
    let bob: WorldNode
    let carol: WorldNode
    before(async () => {
      world = createWorld()
      alice = await world.join('alice')
      bob = await world.join('bob')
      carol = await world.join('carol')
    })
    after(() => world.close())

    for (const size of [0, 1, 5_000, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES, 3_000_000]) {
      it(`of ${size} bytes arrives as it was put, and stays`, async () => {
        const bytes = some(size, size)
        const cid = await alice.content.put(bytes)
        assert.equal(await alice.content.has(cid), true)
        assert.equal(await bob.content.has(cid), false)
        const fetched = await bob.content.get(cid, { from: [alice.agent], maxBytes: size })
        assert.deepEqual(Buffer.compare(fetched, bytes), 0)
        assert.equal(await bob.content.has(cid), true)
        assert.equal(Buffer.compare(await bob.content.get(cid, { maxBytes: size }), bytes), 0)
      })
    }

    it('has the same name everywhere, told by its hash alone where it is small', async () => {
      const bytes = some(777, 1)
      const hash = toHex(createHash('sha256').update(bytes).digest())
      assert.equal(await alice.content.put(bytes), cidOfHash(hash))
      assert.equal(await carol.content.put(bytes), cidOfHash(hash))
    })

    it('is found without a hint once its holder has told the others', async () => {
      const cid = await alice.content.put(some(1_000, 2))
      await until('carol to find it', () =>
        carol.content.get(cid, { maxBytes: 1_000 }).then(
          () => true,
          () => false,
        ),
      )
    })

    it('goes to the next source where the first does not have it', async () => {
      const bytes = some(400_000, 3)
      const cid = await carol.content.put(bytes)
      const fetched = await bob.content.get(cid, {
        from: [alice.agent, carol.agent],
        maxBytes: bytes.length,
      })
      assert.equal(Buffer.compare(fetched, bytes), 0)
    })

    it('is refused unread where it is larger than allowed, small or large, near or far', async () => {
      for (const size of [5_001, 3 * CHUNK_BYTES]) {
        const cid = await alice.content.put(some(size, 4))
        for (const node of [alice, bob]) {
          await assert.rejects(
            node.content.get(cid, { from: [alice.agent], maxBytes: 5_000 }),
            hasCode('CONTENT_TOO_LARGE'),
          )
        }
        assert.equal(await bob.content.has(cid), false)
      }
    })

    it('is unavailable where nobody has it', async () => {
      await assert.rejects(
        bob.content.get(cidOfHash(`0x${'17'.repeat(32)}`), { from: [alice.agent], maxBytes: 9 }),
        hasCode('CONTENT_UNAVAILABLE'),
      )
    })

    it('is never handed out damaged: an intact copy elsewhere takes its place', async () => {
      const bytes = some(900, 5)
      const cid = await alice.content.put(bytes)
      await bob.content.put(bytes)
      await alice.corrupt(cid)
      const mended = await alice.content.get(cid, { from: [bob.agent], maxBytes: 900 })
      assert.equal(Buffer.compare(mended, bytes), 0)
    })

    it('refuses names that name nothing here', async () => {
      const foreign = ['', 'bafy', 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG']
      for (const cid of foreign) {
        await assert.rejects(alice.content.get(cid, { maxBytes: 9 }), hasCode('CONTENT_ID_INVALID'))
        await assert.rejects(alice.content.has(cid), hasCode('CONTENT_ID_INVALID'))
      }
    })

    it('is not fetched for someone who has given up', async () => {
      const cid = await alice.content.put(some(2_000, 6))
      await assert.rejects(
        bob.content.get(cid, { from: [alice.agent], maxBytes: 2_000, signal: AbortSignal.abort() }),
        hasCode('REQUEST_CANCELLED'),
      )
    })
  })
}

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { openLevelStore } from '../../node/adapters/store/index.ts'
import type { Collection, Store } from '../../node/ports/index.ts'
import { silentLog } from '../fakes/log.ts'
import { createMemoryStore, type MemoryStore } from '../fakes/store.ts'

type Thing = { name: string; amount: bigint; bytes?: Uint8Array }
const THINGS = { name: 'things', version: 2 }
const OTHERS = { name: 'things-of-others', version: 1 }

/** What a suite needs of an implementation: a fresh store, the same one after a restart, and its disposal. */
type Home = { store: Store; reopen: () => Promise<Store>; dispose: () => Promise<void> }

const memoryHome = async (): Promise<Home> => {
  let store: MemoryStore = createMemoryStore()
  const reopen = async () => {
    await store.stop()
    store = store.reopen()
    return store
  }
  return { store, reopen, dispose: async () => {} }
}

const levelHome = async (): Promise<Home> => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-store-'))
  const owner = { agent: `0x${'ab'.repeat(20)}` as const, chainId: 31337 }
  const open = () => openLevelStore({ folder, owner, log: silentLog })
  let store = await open()
  const reopen = async () => {
    await store.stop()
    store = await open()
    return store
  }
  const dispose = async () => {
    await store.stop()
    await rm(folder, { recursive: true })
  }
  return { store, reopen, dispose }
}

const all = async <T>(entries: AsyncIterable<[string, T]>): Promise<[string, T][]> => {
  const found: [string, T][] = []
  for await (const entry of entries) found.push(entry)
  return found
}
const keys = async (entries: AsyncIterable<[string, unknown]>) =>
  (await all(entries)).map(([key]) => key)
const thing = (name: string, amount = 1n): Thing => ({ name, amount })

const describeStore = (name: string, createHome: () => Promise<Home>) => {
  describe(`a ${name} store`, () => {
    let home: Home
    let store: Store
    let things: Collection<Thing>
    let others: Collection<Thing>
    beforeEach(async () => {
      home = await createHome()
      store = home.store
      things = store.collection<Thing>(THINGS)
      others = store.collection<Thing>(OTHERS)
    })
    afterEach(() => home.dispose())

    it('gives back what was committed, bigint and bytes included', async () => {
      const value = { name: 'lamp', amount: (1n << 96n) - 1n, bytes: new Uint8Array([0, 255]) }
      await store.commit([things.put('a', value), things.put('b', thing('rug', 5n))])
      assert.deepEqual(await things.get('a'), value)
      assert.deepEqual(await things.get('b'), thing('rug', 5n))
      assert.equal(await things.get('c'), undefined)
    })

    it('keeps collections apart, also where one name begins with the other', async () => {
      await store.commit([things.put('a', thing('mine')), others.put('a', thing('theirs'))])
      assert.deepEqual(await all(things.list()), [['a', thing('mine')]])
      assert.deepEqual(await all(others.list()), [['a', thing('theirs')]])
    })

    it('forgets what is removed, and takes writes to one key in order', async () => {
      await store.commit([things.put('a', thing('one')), things.put('b', thing('two'))])
      await store.commit([things.remove('a'), things.put('b', thing('x')), things.remove('b')])
      assert.deepEqual(await keys(things.list()), [])
      await store.commit([things.remove('b'), things.put('b', thing('three')), things.remove('z')])
      assert.deepEqual(await all(things.list()), [['b', thing('three')]])
    })

    it('keeps the order of concurrent commits', async () => {
      const commits = Array.from({ length: 50 }, (_, at) =>
        store.commit([
          things.put('last', thing('n', BigInt(at))),
          things.put(`k${at}`, thing('n')),
        ]),
      )
      await Promise.all(commits)
      assert.deepEqual(await things.get('last'), thing('n', 49n))
      assert.equal((await keys(things.list())).length, 51)
    })

    it('stores a value as it was when committed', async () => {
      const value = thing('before')
      const done = store.commit([things.put('a', value)])
      value.name = 'after'
      await done
      const read = await things.get('a')
      assert.equal(read?.name, 'before')
      if (read) read.name = 'changed'
      assert.equal((await things.get('a'))?.name, 'before')
    })

    it('lists a range in key order, either way, up to a limit', async () => {
      const written = ['c', 'a', 'b', 'd', 'ab', '']
      await store.commit(written.map((key) => things.put(key, thing(key))))
      assert.deepEqual(await keys(things.list()), ['', 'a', 'ab', 'b', 'c', 'd'])
      assert.deepEqual(await keys(things.list({ gte: 'a', lt: 'c' })), ['a', 'ab', 'b'])
      assert.deepEqual(await keys(things.list({ gt: 'a', limit: 2 })), ['ab', 'b'])
      assert.deepEqual(await keys(things.list({ lt: 'b', reverse: true })), ['ab', 'a', ''])
      assert.deepEqual(await keys(things.list({ gt: 'd' })), [])
      assert.deepEqual(await keys(things.list({ reverse: true, limit: 1 })), ['d'])
      assert.deepEqual(await keys(things.list({ limit: 0 })), [])
    })

    it('orders keys of any characters by their UTF-8 bytes', async () => {
      const wild = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 12 })
      const property = fc.asyncProperty(wild, async (written) => {
        await store.commit((await keys(things.list())).map((key) => things.remove(key)))
        await store.commit(written.map((key) => things.put(key, thing(key))))
        const expected = [...new Set(written)].sort((a, b) =>
          Buffer.compare(Buffer.from(a), Buffer.from(b)),
        )
        assert.deepEqual(await keys(things.list()), expected)
      })
      await fc.assert(property, { numRuns: 30 })
    })

    it('takes an empty commit', () => store.commit([]))

    it('applies nothing of a commit with a value it cannot store', async () => {
      const wrong = things.put('b', { name: 'x', amount: new Map() as unknown as bigint })
      await assert.rejects(store.commit([things.put('a', thing('one')), wrong]), TypeError)
      assert.deepEqual(await keys(things.list()), [])
    })

    it('refuses a write of no collection, a second version of one, and a bad name', async () => {
      await assert.rejects(store.commit([{ collection: 'none', key: 'a', value: 1 }]), TypeError)
      assert.throws(() => store.collection({ ...THINGS, version: 3 }), TypeError)
      assert.throws(() => store.collection({ name: 'no\u0000good', version: 1 }), TypeError)
    })

    it('still has everything after reopening', async () => {
      await store.commit([things.put('a', thing('lamp')), things.put('b', thing('rug'))])
      await store.commit([things.remove('b')])
      const again = (await home.reopen()).collection<Thing>(THINGS)
      assert.deepEqual(await all(again.list()), [['a', thing('lamp')]])
    })

    it('finishes what was begun when it stops, and refuses what comes later', async () => {
      const begun = store.commit([things.put('a', thing('in time'))])
      await store.stop()
      await begun
      const late = store.commit([things.put('b', thing('late'))])
      await assert.rejects(late, { code: 'STORE_UNAVAILABLE' })
      const again = (await home.reopen()).collection<Thing>(THINGS)
      assert.deepEqual(await keys(again.list()), ['a'])
    })

    it('upgrades older records on reading and refuses newer ones', async () => {
      await store.commit([things.put('a', thing('lamp'))])
      const reopened = await home.reopen()
      const upgrade = (value: unknown) => ({ title: (value as Thing).name })
      const upgraded = reopened.collection<{ title: string }>({ ...THINGS, version: 3, upgrade })
      assert.deepEqual(await upgraded.get('a'), { title: 'lamp' })
      await reopened.commit([upgraded.put('a', { title: 'carpet' })])
      const old = (await home.reopen()).collection<Thing>(THINGS)
      await assert.rejects(old.get('a'), { code: 'RECORD_TOO_NEW' })
      await assert.rejects(all(old.list()), { code: 'RECORD_TOO_NEW' })
    })
  })
}

describeStore('memory', memoryHome)
describeStore('level', levelHome)

import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { settle } from '../../fakes/clock.ts'
import { createMemoryStore, type MemoryStore } from '../../fakes/store.ts'

const thingsOf = (store: MemoryStore) => store.collection<string>({ name: 'things', version: 1 })

describe('the store that tests break', () => {
  it('fails the next commit and every later one, and has neither after reopening', async () => {
    const store = createMemoryStore()
    const things = thingsOf(store)
    await store.commit([things.put('a', 'kept')])
    store.failNextCommit()
    await assert.rejects(store.commit([things.put('b', 'lost')]), { code: 'STORE_UNAVAILABLE' })
    await assert.rejects(store.commit([things.put('c', 'late')]), { code: 'STORE_UNAVAILABLE' })
    const again = thingsOf(store.reopen())
    assert.deepEqual(
      [await again.get('a'), await again.get('b'), await again.get('c')],
      ['kept', undefined, undefined],
    )
  })

  it('may fail a commit that reached the disk nevertheless', async () => {
    const store = createMemoryStore()
    store.failNextCommit({ written: true })
    const commit = store.commit([thingsOf(store).put('a', 'there')])
    await assert.rejects(commit, { code: 'STORE_UNAVAILABLE' })
    assert.equal(await thingsOf(store.reopen()).get('a'), 'there')
  })

  it('never answers after a crash, and keeps what was committed before', async () => {
    const store = createMemoryStore()
    const things = thingsOf(store)
    store.crashAfter(1)
    await store.commit([things.put('a', 'before')])
    let hasAnswered = false
    void store.commit([things.put('b', 'after')]).finally(() => {
      hasAnswered = true
    })
    await settle()
    assert.equal(hasAnswered, false)
    assert.equal(store.commits(), 1)
    const again = thingsOf(store.reopen())
    assert.deepEqual([await again.get('a'), await again.get('b')], ['before', undefined])
  })

  it('gives a snapshot that later commits do not change', async () => {
    const store = createMemoryStore()
    const things = thingsOf(store)
    await store.commit([things.put('a', 'one')])
    const snapshot = store.snapshot()
    await store.commit([things.put('a', 'two')])
    assert.equal(await thingsOf(createMemoryStore(snapshot)).get('a'), 'one')
  })
})

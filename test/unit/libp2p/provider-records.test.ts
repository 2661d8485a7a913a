import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LevelDatastore } from 'datastore-level'
import { Level } from 'level'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { limitProviders } from '../../../node/adapters/libp2p/provider-records.ts'
import { rendezvousKey } from '../../../node/adapters/libp2p/rendezvous.ts'

type Key = Parameters<LevelDatastore['put']>[0]

describe('provider records of strangers', () => {
  let folder: string
  let database: Level<string, Uint8Array>
  let store: LevelDatastore
  const open = () =>
    limitProviders(new LevelDatastore(database), {
      database,
      self: 'me',
      maxRecords: 6,
      maxPerPeer: 3,
    })
  // The store asks a key for nothing but its text.
  const keyOf = (text: string) => ({ toString: () => text }) as unknown as Key
  const provide = (cid: string, peer: string) =>
    store.put(keyOf(`/dht/provider/${cid}/${peer}`), new Uint8Array(1))
  const kept = async () => (await database.keys().all()).map((key) => key.split('/').slice(3))
  const keptBy = async (peer: string) => (await kept()).filter(([, by]) => by === peer).length
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-providers-'))
    database = new Level(folder, { keyEncoding: 'utf8', valueEncoding: 'view' })
    store = await open()
  })
  afterEach(async () => {
    await database.close()
    await rm(folder, { recursive: true })
  })

  it('are so many of each of them, again after a restart, and any number of ours', async () => {
    for (const cid of ['a', 'b', 'c', 'd', 'a']) await provide(cid, 'mallory')
    assert.equal(await keptBy('mallory'), 3)
    store = await open()
    await provide('e', 'mallory')
    assert.equal(await keptBy('mallory'), 3)
    await store.delete(keyOf('/dht/provider/a/mallory'))
    await provide('e', 'mallory')
    assert.equal(await keptBy('mallory'), 3)
    for (let at = 0; at < 9; at += 1) await provide(`own${at}`, 'me')
    assert.equal(await keptBy('me'), 9)
  })

  it('are so many in all: one drawn by lot goes, never one of ours', async () => {
    await provide('own', 'me')
    for (let at = 0; at < 40; at += 1) await provide('x', `peer${at}`)
    assert.equal((await kept()).length, 7)
    assert.equal(await keptBy('me'), 1)
    assert.equal(await keptBy('peer39'), 1)
  })

  it('leave other records alone', async () => {
    for (let at = 0; at < 9; at += 1) {
      await store.put(keyOf(`/dht/record/${at}`), new Uint8Array(1))
    }
    assert.equal((await kept()).length, 9)
  })
})

describe('the rendezvous of a market', () => {
  it('is one key for each name', () => {
    assert.equal(rendezvousKey('main'), rendezvousKey('main'))
    assert.notEqual(rendezvousKey('main'), rendezvousKey('test'))
  })
})

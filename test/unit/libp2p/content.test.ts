import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerIdFromString } from '@libp2p/peer-id'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { createBlobStore } from '../../../node/adapters/libp2p/blobs.ts'
import { createContent } from '../../../node/adapters/libp2p/content.ts'
import type { Dht } from '../../../node/adapters/libp2p/dht.ts'
import type { PeerBinding } from '../../../protocols/common/index.ts'
import { CHUNK_BYTES } from '../../../protocols/network/index.ts'
import { hasCode } from '../../ports/network-worlds.ts'
import { createTestCore, type TestCore } from './fake-host.ts'

const noDht: Dht = {
  findBinding: async () => null,
  provide: () => {},
  withdraw: () => {},
  start: () => {},
}

describe('content on a host', () => {
  let folder: string
  let alice: TestCore
  let bob: TestCore
  const provided: string[] = []
  const contentOf = async (core: TestCore, dht: Partial<Dht> = {}) => {
    const made = createContent(core, { ...noDht, provide: (cid) => provided.push(cid), ...dht })
    await made.start(core.host)
    return made.content
  }
  const bindingOf = (core: TestCore): PeerBinding => ({
    agent: core.deps.signer.address,
    peerId: core.peerId,
    seq: 1n,
    validUntil: 2 ** 32,
  })
  const providers = (core: TestCore, ...ids: string[]) =>
    Object.assign(core.host, {
      contentRouting: {
        findProviders: async function* () {
          for (const id of ids) yield { id: peerIdFromString(id) }
          throw new Error('No more in time')
        },
      },
    })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-content-'))
    alice = await createTestCore('alice', { blobs: createBlobStore({ folder: join(folder, 'a') }) })
    bob = await createTestCore('bob', { blobs: createBlobStore({ folder: join(folder, 'b') }) })
    alice.host.links.set(bob.peerId, bob.host)
    providers(alice)
  })
  afterEach(async () => {
    alice.session.abort()
    await rm(folder, { recursive: true })
  })

  it('comes from the agent asked, known or looked up', async () => {
    const [theirs, ours] = [
      await contentOf(bob),
      await contentOf(alice, { findBinding: async () => bindingOf(bob) }),
    ]
    const cid = await theirs.put(new Uint8Array(CHUNK_BYTES + 1))
    assert.deepEqual(provided, [cid])
    const options = { from: [bob.deps.signer.address], maxBytes: 1 << 20 }
    assert.equal((await ours.get(cid, options)).length, CHUNK_BYTES + 1)
    alice.directory.learn(bindingOf(bob))
    const other = await theirs.put(new Uint8Array(5))
    assert.equal((await ours.get(other, options)).length, 5)
    assert.equal(await ours.has(other), true)
  })

  it('comes from whoever provides it', async () => {
    const [theirs, ours] = [await contentOf(bob), await contentOf(alice)]
    const cid = await theirs.put(new Uint8Array(7))
    providers(alice, alice.peerId, bob.peerId, bob.peerId)
    assert.equal((await ours.get(cid, { maxBytes: 7 })).length, 7)
  })

  it('is too large wherever it is', async () => {
    const [theirs, ours] = [await contentOf(bob), await contentOf(alice)]
    providers(alice, bob.peerId)
    for (const size of [9, CHUNK_BYTES + 1]) {
      const cid = await theirs.put(new Uint8Array(size))
      await assert.rejects(theirs.get(cid, { maxBytes: 8 }), hasCode('CONTENT_TOO_LARGE'))
      await assert.rejects(ours.get(cid, { maxBytes: 8 }), hasCode('CONTENT_TOO_LARGE'))
    }
  })

  it('is unavailable when nobody can be reached', async () => {
    const [theirs, ours] = [await contentOf(bob), await contentOf(alice)]
    const cid = await theirs.put(new Uint8Array(7))
    alice.host.links.clear()
    providers(alice, bob.peerId)
    await assert.rejects(ours.get(cid, { maxBytes: 7 }), hasCode('CONTENT_UNAVAILABLE'))
  })

  it('is let go of in the middle', async () => {
    await contentOf(bob)
    const ours = await contentOf(alice)
    const giveUp = new AbortController()
    bob.host.handlers.set('/souk/content/1', () => queueMicrotask(() => giveUp.abort()))
    providers(alice, bob.peerId)
    const cid = await (await contentOf(bob)).put(new Uint8Array(7))
    bob.host.handlers.set('/souk/content/1', () => setImmediate(() => giveUp.abort()))
    const options = { maxBytes: 7, signal: giveUp.signal }
    await assert.rejects(ours.get(cid, options), hasCode('REQUEST_CANCELLED'))
  })
})

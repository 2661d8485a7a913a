import assert from 'node:assert/strict'
import { RecordEnvelope } from '@libp2p/peer-record'
import { beforeEach, describe, it } from 'mocha'
import {
  createIdentity,
  openBinding,
  peerIdOfSeed,
  peerKeyFromSeed,
} from '../../../node/adapters/libp2p/identity.ts'
import type { PeerBinding } from '../../../protocols/common/index.ts'
import { BINDING_CODEC, BINDING_DOMAIN, encodeBinding } from '../../../protocols/network/index.ts'
import { createFakeClock, type FakeClock } from '../../fakes/clock.ts'
import { createTestSigner, recoverSigner } from '../../fakes/signer.ts'
import { hasCode } from '../../ports/network-worlds.ts'
import { testDigest } from './fake-host.ts'

const signer = createTestSigner('alice')
const seed = new Uint8Array(32).fill(7)

describe('a sealed peer binding', () => {
  let clock: FakeClock
  const judge = (known: PeerBinding | null = null) => ({
    digest: testDigest,
    recover: recoverSigner,
    clock,
    known: () => known,
  })
  const identity = async () =>
    createIdentity({ signer, digest: testDigest, clock, privateKey: await peerKeyFromSeed(seed) })
  const sealAs = async (record: { domain?: string; codec?: Uint8Array; payload?: Uint8Array }) => {
    const message: PeerBinding = {
      agent: signer.address,
      peerId: await peerIdOfSeed(seed),
      seq: 1n,
      validUntil: clock.now() + 60,
    }
    const signature = signer.sign(testDigest('PeerBinding', message))
    const envelope = await RecordEnvelope.seal(
      {
        domain: record.domain ?? BINDING_DOMAIN,
        codec: record.codec ?? BINDING_CODEC,
        marshal: () => record.payload ?? encodeBinding({ message, signature }),
        equals: () => false,
      },
      await peerKeyFromSeed(seed),
    )
    return envelope.marshal()
  }
  beforeEach(() => {
    clock = createFakeClock()
  })

  it('opens to the agent and the peer who both signed', async () => {
    const binding = await openBinding(await (await identity()).envelope(), judge())
    assert.equal(binding.agent, signer.address)
    assert.equal(binding.peerId, await peerIdOfSeed(seed))
    assert.equal(binding.seq, BigInt(clock.nowMs()))
  })

  it('is made once a day, each with a higher number', async () => {
    const own = await identity()
    const first = await own.envelope()
    assert.equal(await own.envelope(), first)
    await clock.advance(86_400_001)
    const second = await own.envelope()
    const [before, later] = await Promise.all(
      [first, second].map((one) => openBinding(one, judge())),
    )
    assert.ok((later?.seq ?? 0n) > (before?.seq ?? 0n))
  })

  it('expires', async () => {
    const envelope = await (await identity()).envelope()
    await clock.advance(31 * 86_400_000)
    await assert.rejects(openBinding(envelope, judge()), hasCode('BINDING_EXPIRED'))
  })

  it('is outdated once the agent moved on', async () => {
    const envelope = await (await identity()).envelope()
    const known = { agent: signer.address, peerId: 'new', seq: 2n ** 60n, validUntil: 0 }
    await assert.rejects(openBinding(envelope, judge(known)), hasCode('BINDING_OUTDATED'))
  })

  it('does not open when a byte was changed', async () => {
    const envelope = await (await identity()).envelope()
    for (const at of [5, 60, envelope.length - 1]) {
      const changed = envelope.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      await assert.rejects(openBinding(changed, judge()), hasCode('BINDING_INVALID'))
    }
  })

  it('does not open when it is something else', async () => {
    const others = [
      new Uint8Array(2_000),
      new Uint8Array([1, 2, 3]),
      await sealAs({ domain: 'libp2p-peer-record' }),
      await sealAs({ codec: new Uint8Array([3, 1]) }),
      await sealAs({ payload: new Uint8Array([0x80]) }),
    ]
    for (const other of others) {
      await assert.rejects(openBinding(other, judge()), hasCode('BINDING_INVALID'))
    }
    assert.ok(await openBinding(await sealAs({}), judge()))
  })
})

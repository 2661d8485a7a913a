import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createDigester, type PeerBinding, type Signed } from '../../../protocols/common/index.ts'
import {
  decodeBinding,
  encodeBinding,
  judgeBinding,
  judgeHello,
  MAX_BINDING_SECONDS,
  replacesRecord,
} from '../../../protocols/network/index.ts'
import { createTestSigner, recoverSigner } from '../../fakes/signer.ts'

const now = 1_750_000_000
const digest = createDigester({ chainId: 1, verifyingContract: `0x${'d1'.repeat(20)}` })
const alice = createTestSigner('alice')
const mallory = createTestSigner('mallory')

const aBinding = (changes: Partial<PeerBinding> = {}): PeerBinding => ({
  agent: alice.address,
  peerId: 'peer-1',
  seq: 5n,
  validUntil: now + 1_000,
  ...changes,
})
const signed = (message: PeerBinding, by = alice): Signed<'PeerBinding'> => ({
  message,
  signature: by.sign(digest('PeerBinding', message)),
})
const judged = (
  binding: Signed<'PeerBinding'>,
  { sealedBy = 'peer-1', known = null }: { sealedBy?: string; known?: PeerBinding | null } = {},
) => {
  const verdict = judgeBinding(
    { signed: binding, sealedBy },
    { now, digest, recover: recoverSigner, known },
  )
  return verdict.action === 'accept' ? 'accept' : `${verdict.action} ${verdict.code}`
}

describe('a hello', () => {
  it('is accepted from the same network and version', () => {
    assert.deepEqual(judgeHello({ version: 1, network: 'a' }, 'a'), { action: 'accept' })
  })
  it('is turned away from another network or version, without blame', () => {
    const wrongNetwork = { action: 'ignore', code: 'WRONG_NETWORK' }
    assert.deepEqual(judgeHello({ version: 1, network: 'b' }, 'a'), wrongNetwork)
    const wrongVersion = { action: 'ignore', code: 'WRONG_VERSION' }
    assert.deepEqual(judgeHello({ version: 2, network: 'a' }, 'a'), wrongVersion)
  })
})

describe('a peer binding', () => {
  it('is accepted when agent and peer both signed it', () => {
    assert.equal(judged(signed(aBinding())), 'accept')
  })
  it('is rejected when another peer sealed it', () => {
    assert.equal(judged(signed(aBinding()), { sealedBy: 'peer-2' }), 'reject BINDING_INVALID')
  })
  it('is rejected when another agent signed it', () => {
    assert.equal(judged(signed(aBinding(), mallory)), 'reject BINDING_INVALID')
  })
  it('is rejected when anything in it was changed', () => {
    const { signature } = signed(aBinding())
    for (const changes of [{ seq: 6n }, { validUntil: now + 2_000 }, { agent: mallory.address }]) {
      assert.equal(judged({ message: aBinding(changes), signature }), 'reject BINDING_INVALID')
    }
  })
  it('is ignored once expired, at the very second', () => {
    assert.equal(judged(signed(aBinding({ validUntil: now }))), 'ignore BINDING_EXPIRED')
    assert.equal(judged(signed(aBinding({ validUntil: now + 1 }))), 'accept')
  })
  it('is rejected when it is to last for ever', () => {
    const tooLong = aBinding({ validUntil: now + MAX_BINDING_SECONDS + 86_401 })
    assert.equal(judged(signed(tooLong)), 'reject BINDING_INVALID')
  })
  it('is ignored when the agent has since moved to another peer', () => {
    const newer = aBinding({ peerId: 'peer-2', seq: 5n })
    assert.equal(judged(signed(aBinding()), { known: newer }), 'ignore BINDING_OUTDATED')
    assert.equal(judged(signed(aBinding({ seq: 6n })), { known: newer }), 'accept')
  })
  it('of the same peer is accepted whatever its number', () => {
    assert.equal(judged(signed(aBinding()), { known: aBinding({ seq: 9n }) }), 'accept')
  })

  it('comes back as it was encoded, and nothing else decodes', () => {
    const binding = signed(aBinding())
    assert.deepEqual(decodeBinding(encodeBinding(binding)), binding)
    assert.equal(decodeBinding(new Uint8Array([1, 2, 3])), null)
  })

  it('replaces a stored record unless its number is lower', () => {
    assert.equal(replacesRecord(aBinding(), null), true)
    assert.equal(replacesRecord(aBinding({ seq: 5n }), aBinding({ seq: 5n })), true)
    assert.equal(replacesRecord(aBinding({ seq: 4n }), aBinding({ seq: 5n })), false)
  })
})

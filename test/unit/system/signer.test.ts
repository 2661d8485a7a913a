import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { privateKeyToAccount } from 'viem/accounts'
import { createSigner, recoverSigner } from '../../../node/adapters/system/index.ts'
import { loadNativeCurve, portableCurve } from '../../../node/adapters/system/secp256k1.ts'
import { createSigning } from '../../../node/adapters/system/signer.ts'
import { fromHex, type Hash, type Signature, toHex } from '../../../protocols/common/index.ts'
import { createTestSigner, testPrivateKey } from '../../fakes/signer.ts'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const digest: Hash = `0x${'5a'.repeat(32)}`
const anyBytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const parts = (signature: Signature) => ({
  r: signature.slice(2, 66),
  s: signature.slice(66, 130),
  v: signature.slice(130),
})
const highTwin = (signature: Signature): Signature => {
  const { r, s, v } = parts(signature)
  const twin = (ORDER - BigInt(`0x${s}`)).toString(16).padStart(64, '0')
  return `0x${r}${twin}${v === '1b' ? '1c' : '1b'}`
}

describe('the native and the portable curve', () => {
  const native = loadNativeCurve()
  assert.ok(native, 'the native binding of secp256k1 does not load')
  const ours = [createSigning(native), createSigning(portableCurve)]

  it('give the same address and signature, and recover one another', () => {
    const keys = anyBytes32.filter((key) => portableCurve.isPrivateKey(key))
    fc.assert(
      fc.property(keys, anyBytes32, (key, hash) => {
        const [a, b] = ours.map(({ createSigner }) => createSigner(key))
        const [signature, other] = [a, b].map((signer) => signer?.sign(toHex(hash)))
        assert.deepEqual([a?.address, signature], [b?.address, other])
        for (const { recoverSigner } of ours) {
          assert.equal(recoverSigner(toHex(hash), signature as Signature), a?.address)
        }
      }),
      { numRuns: 25 },
    )
  })

  it('agree on what cannot be recovered', () => {
    const wild = fc.tuple(anyBytes32, anyBytes32, fc.constantFrom(27, 28))
    fc.assert(
      fc.property(wild, ([r, s, v]) => {
        const signature = toHex(new Uint8Array([...r, ...s, v]))
        const [a, b] = ours.map(({ recoverSigner }) => recoverSigner(digest, signature))
        assert.equal(a, b)
      }),
      { numRuns: 50 },
    )
  })

  it('refuse zero and the order of the group as a private key', () => {
    for (const number of [0n, ORDER, ORDER + 1n]) {
      const key = fromHex(`0x${number.toString(16).padStart(64, '0')}`)
      for (const { createSigner } of ours) assert.throws(() => createSigner(key), TypeError)
    }
  })
})

describe('a signer', () => {
  const key = testPrivateKey('alice')
  const signer = createTestSigner('alice')

  it('signs as viem does', async () => {
    const account = privateKeyToAccount(toHex(key))
    assert.equal(signer.address, account.address.toLowerCase())
    assert.equal(signer.sign(digest), await account.sign({ hash: digest }))
  })

  it('keeps its own copy of the key', () => {
    const lent = Buffer.from(key)
    const own = createSigner(lent)
    lent.fill(0)
    assert.equal(own.sign(digest), signer.sign(digest))
  })

  it('refuses a key of the wrong length', () => {
    assert.throws(() => createSigner(key.subarray(1)), TypeError)
  })
})

describe('recovering a signer', () => {
  const signer = createTestSigner('bob')
  const good = signer.sign(digest)
  const { r, s, v } = parts(good)

  it('gives the address for the digest that was signed, and another for any other', () => {
    assert.equal(recoverSigner(digest, good), signer.address)
    assert.notEqual(recoverSigner(`0x${'5b'.repeat(32)}`, good), signer.address)
  })

  const malformed: Record<string, string> = {
    'a high s': highTwin(good),
    'v of 0 or 1': `0x${r}${s}${v === '1b' ? '00' : '01'}`,
    'v of 29': `0x${r}${s}1d`,
    'a compact form': `0x${r}${s}`,
    'a trailing byte': `${good}00`,
    'upper case': `0x${good.slice(2).toUpperCase()}`,
    'no prefix': good.slice(2),
    'r of zero': `0x${'00'.repeat(32)}${s}${v}`,
    's of zero': `0x${r}${'00'.repeat(32)}${v}`,
    'r beyond the field': `0x${'ff'.repeat(32)}${s}${v}`,
    nothing: '0x',
  }
  for (const [what, signature] of Object.entries(malformed)) {
    it(`gives null for ${what}`, () => {
      assert.equal(recoverSigner(digest, signature as Signature), null)
    })
  }
})

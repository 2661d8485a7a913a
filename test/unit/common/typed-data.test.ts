import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  encodeAbiParameters,
  hashTypedData,
  domainSeparator as viemDomainSeparator,
  keccak256 as viemKeccak,
} from 'viem'
import {
  channelIdOf,
  createDigester,
  domainSeparator,
  keccak256,
  toHex,
  typedMessages,
  typeString,
} from '../../../protocols/common/index.ts'
import { aChannel, anyMessage, anyValue, aPayState, typedNames } from '../../builders/messages.ts'

const anyDomain = fc.record({
  chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  verifyingContract: anyValue.address,
})
const sepolia = { chainId: 11_155_111, verifyingContract: `0x${'11'.repeat(20)}` as const }

describe('the digest of any message', () => {
  for (const name of typedNames) {
    it(`equals viem's for ${name}`, () => {
      const types = { [name]: typedMessages[name].map(([field, type]) => ({ name: field, type })) }
      fc.assert(
        fc.property(anyDomain, anyMessage(name), (domain, message) => {
          const expected = hashTypedData({
            domain: { name: 'Souk', version: '1', ...domain },
            types,
            primaryType: name,
            message: message as unknown as Record<string, unknown>,
          })
          assert.equal(createDigester(domain)(name, message), expected)
        }),
        { numRuns: 25 },
      )
    })
  }

  it('differs between chains and between contracts', () => {
    const digests = [
      sepolia,
      { ...sepolia, chainId: 1 },
      { ...sepolia, verifyingContract: `0x${'12'.repeat(20)}` as const },
    ].map((domain) => createDigester(domain)('PayState', aPayState()))
    assert.equal(new Set(digests).size, 3)
  })

  it('does not depend on what was digested before', () => {
    const digest = createDigester(sepolia)
    const first = digest('PayState', aPayState({ sent: (1n << 96n) - 1n, fromA: true }))
    digest('PayState', aPayState({ sent: 0n, fromA: false }))
    assert.equal(digest('PayState', aPayState({ sent: (1n << 96n) - 1n, fromA: true })), first)
  })
})

describe('the signing domain', () => {
  it("has viem's separator", () => {
    fc.assert(
      fc.property(anyDomain, (domain) => {
        const expected = viemDomainSeparator({ domain: { name: 'Souk', version: '1', ...domain } })
        assert.equal(toHex(domainSeparator(domain)), expected)
      }),
    )
  })
})

describe('a type string', () => {
  it('is the one in the design', () => {
    assert.equal(
      typeString('PayState'),
      'PayState(bytes32 channelId,uint16 epoch,bool fromA,uint96 sent,uint96 lockedTotal,bytes32 locksRoot,bytes32 memo)',
    )
  })
})

describe('the id of a channel', () => {
  const anyChannel = fc.record({
    partyA: anyValue.address,
    partyB: anyValue.address,
    signerA: anyValue.address,
    signerB: anyValue.address,
    token: anyValue.address,
    window: anyValue.uint32,
    mode: anyValue.uint8,
    salt: anyValue.uint64,
  })

  it('is the hash that a contract makes of its parameters', () => {
    const types = [
      ...['partyA', 'partyB', 'signerA', 'signerB', 'token'].map((name) => ({
        name,
        type: 'address',
      })),
      { name: 'window', type: 'uint32' },
      { name: 'mode', type: 'uint8' },
      { name: 'salt', type: 'uint64' },
    ]
    fc.assert(
      fc.property(anyChannel, (params) => {
        const encoded = encodeAbiParameters([{ type: 'tuple', components: types }], [params])
        assert.equal(channelIdOf(params), viemKeccak(encoded))
      }),
    )
  })

  it('changes with each parameter', () => {
    const other = aChannel({ partyA: `0x${'77'.repeat(20)}` }).partyA
    const ids = [
      aChannel(),
      aChannel({ partyA: other }),
      aChannel({ partyB: other }),
      aChannel({ signerA: other }),
      aChannel({ signerB: other }),
      aChannel({ token: other }),
      aChannel({ window: 3601 }),
      aChannel({ mode: 0 }),
      aChannel({ salt: 2n }),
    ].map(channelIdOf)
    assert.equal(new Set(ids).size, 9)
  })
})

describe('keccak-256', () => {
  it("equals viem's for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        assert.equal(toHex(keccak256(bytes)), viemKeccak(bytes))
      }),
    )
  })
})

import assert from 'node:assert/strict'
import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { getAddress } from 'viem'
import { fromHex } from '../../../protocols/common/index.ts'
import {
  checksumAddress,
  didKeyOf,
  didPkhOf,
  formatAccountId,
  type PublicKey,
  parseAccountId,
  parseAddress,
  parseDidKey,
  parseDidPkh,
} from '../../../protocols/identity/index.ts'
import { anyValue } from '../../builders/messages.ts'

// Published with the did:key method: private key or seed, then the identifier.
const publishedKeys: [type: PublicKey['type'], secret: string, did: string][] = [
  [
    'secp256k1',
    '9085d2bef69286a6cbb51623c8fa258629945cd55ca705cc4e66700396894e0c',
    'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
  ],
  [
    'secp256k1',
    'f0f4df55a2b3ff13051ea814a8f24ad00f2e469af73c363ac7e9fb999a9072ed',
    'did:key:zQ3shtxV1FrJfhqE1dvxYRcCknWNjHc3c5X1y3ZSoPDi2aur2',
  ],
  [
    'secp256k1',
    '6b0b91287ae3348f8c2f2552d766f30e3604867e34adc37ccbb74a8e6b893e02',
    'did:key:zQ3shZc2QzApp2oymGvQbzP8eKheVshBHbU4ZYjeXqwSKEn6N',
  ],
  ['ed25519', '00'.repeat(32), 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'],
  ['ed25519', `${'00'.repeat(31)}01`, 'did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG'],
  ['ed25519', `${'00'.repeat(31)}02`, 'did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf'],
]
const publicKeyOf = (type: PublicKey['type'], secret: string): PublicKey => {
  const bytes = fromHex(`0x${secret}`)
  return type === 'secp256k1'
    ? { type, bytes: secp256k1.getPublicKey(bytes, true) }
    : { type, bytes: ed25519.getPublicKey(bytes) }
}

describe('the published did:key', () => {
  for (const [type, secret, did] of publishedKeys) {
    it(`${did} is that of its ${type} key, both ways`, () => {
      const key = publicKeyOf(type, secret)
      assert.equal(didKeyOf(key), did)
      assert.deepEqual(parseDidKey(did), { type, bytes: Uint8Array.from(key.bytes) })
    })
  }
})

describe('any public key', () => {
  it('comes back from its did:key', () => {
    const secrets = fc.uint8Array({ minLength: 32, maxLength: 32, min: 1, max: 254 })
    fc.assert(
      fc.property(secrets, fc.constantFrom('secp256k1', 'ed25519'), (secret, type) => {
        const key = publicKeyOf(type, Buffer.from(secret).toString('hex'))
        assert.deepEqual(parseDidKey(didKeyOf(key)), { type, bytes: Uint8Array.from(key.bytes) })
      }),
      { numRuns: 20 },
    )
  })
})

describe('a did:key that is none', () => {
  const good = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
  const offCurve = didKeyOf({
    type: 'secp256k1',
    bytes: new Uint8Array(33).fill(0xff, 1).fill(2, 0, 1),
  })
  const refused: Record<string, string> = {
    nothing: '',
    'another method': good.replace('did:key', 'did:web'),
    'no multibase prefix': good.replace(':z', ':'),
    'another base': good.replace(':z', ':f'),
    'a character outside base58': good.replace('Mki', 'M0i'),
    'a key cut short': good.slice(0, -2),
    'a key with more': `${good}zz`,
    'a fragment': `${good}#${good.slice(8)}`,
    'a point off the curve': offCurve,
    'x25519 (another key type)': 'did:key:z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW',
    'a very long text': `did:key:z${'1'.repeat(10_000)}`,
  }
  for (const [what, did] of Object.entries(refused)) {
    it(`gives null: ${what}`, () => assert.equal(parseDidKey(did), null))
  }
})

describe('an address', () => {
  // From EIP-55.
  const published = [
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
  ]
  for (const text of published) {
    it(`${text} has the published checksum`, () => {
      const address = parseAddress(text)
      assert.equal(address, text.toLowerCase())
      assert.equal(checksumAddress(text.toLowerCase() as `0x${string}`), text)
    })
  }

  it("has viem's checksum, and is read in lower and upper case", () => {
    fc.assert(
      fc.property(anyValue.address, (address) => {
        assert.equal(checksumAddress(address), getAddress(address))
        assert.equal(parseAddress(address), address)
        assert.equal(parseAddress(`0x${address.slice(2).toUpperCase()}`), address)
      }),
    )
  })

  it('with a mistyped letter is none', () => {
    assert.equal(parseAddress('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed'), null)
    for (const text of ['', '0x', `0x${'0'.repeat(39)}`, `0x${'0'.repeat(41)}`, '0'.repeat(42)]) {
      assert.equal(parseAddress(text), null)
    }
  })
})

describe('the published CAIP-10 account ids', () => {
  const published = [
    'eip155:1:0xab16a96d359ec26a11e2c2b3d8f8b8942d5bfcdb',
    'eip155:1:0xab16a96D359eC26a11e2C2b3d8f8B8942d5Bfcdb',
    'bip122:000000000019d6689c085ae165831e93:128Lkh3S7CkDTBZ8W7BbpsN3YYizJMp8p6',
    'cosmos:cosmoshub-3:cosmos1t2uflqwqe0fsj0shcfkrvpukewcw40yjj6hdc0',
    'polkadot:b0a8d493285c2df73290dfb7e61f870f:5hmuyxw9xdgbpptgypokw4thfyoe3ryenebr381z9iaegmfy',
    'starknet:SN_GOERLI:0x02dd1b492765c064eac4039e3841aa5f382773b598097a40073bd8b48170ab57',
    'chainstd:8c3444cf8970a9e41a706fab93e7a6c4:6d9b0b4b9994e8a6afbd3dc3ed983cd51c755afb27cd1dc7825ef59c134a39f7',
    'hedera:mainnet:0.0.1234567890-zbhlt',
  ]
  for (const text of published) {
    it(`${text} is read and written back`, () => {
      const account = parseAccountId(text)
      assert.ok(account)
      assert.equal(formatAccountId(account), text)
    })
  }

  const malformed = ['', 'eip155:1', 'eip155::0xab', 'EIP155:1:0xab', 'e:1:0xab', 'eip155:1:']
  for (const text of [
    ...malformed,
    'eip155:1:0x ab',
    'eip155:1:0xab:1',
    `eip155:1:${'a'.repeat(129)}`,
  ]) {
    it(`${JSON.stringify(text.slice(0, 20))} is none`, () => {
      assert.equal(parseAccountId(text), null)
    })
  }
})

describe('a did:pkh', () => {
  it('is read as published, whatever its case', () => {
    const address = '0xb9c5714089478a327f09197987f16f9e5d936e8a'
    assert.deepEqual(parseDidPkh(`did:pkh:eip155:1:${address}`), { chainId: 1, address })
    assert.deepEqual(parseDidPkh('did:pkh:eip155:137:0xab16a96D359eC26a11e2C2b3d8f8B8942d5Bfcdb'), {
      chainId: 137,
      address: '0xab16a96d359ec26a11e2c2b3d8f8b8942d5bfcdb',
    })
  })

  it('comes back from any account, with a checksum', () => {
    const chains = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(chains, anyValue.address, (chainId, address) => {
        const did = didPkhOf({ chainId, address })
        assert.equal(did, `did:pkh:eip155:${chainId}:${getAddress(address)}`)
        assert.deepEqual(parseDidPkh(did), { chainId, address })
      }),
    )
  })

  const address = `0x${'1'.repeat(40)}`
  const refused = [
    `eip155:1:${address}`,
    `did:pkh:solana:1:${address}`,
    `did:pkh:eip155:0:${address}`,
    `did:pkh:eip155:01:${address}`,
    `did:pkh:eip155:9999999999999999:${address}`,
    'did:pkh:eip155:1:0x11',
    'did:pkh:eip155:1',
  ]
  for (const did of refused) it(`${did} is none`, () => assert.equal(parseDidPkh(did), null))
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { createKeystore, openKeystore } from '../../../node/adapters/system/index.ts'
import { fromHex } from '../../../protocols/common/index.ts'
import { createSeededChance } from '../../fakes/chance.ts'
import { testPrivateKey } from '../../fakes/signer.ts'

// From the Web3 Secret Storage definition.
const published = {
  secret: '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d',
  password: 'testpassword',
  pbkdf2: {
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
      ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
      kdf: 'pbkdf2',
      kdfparams: {
        c: 262144,
        dklen: 32,
        prf: 'hmac-sha256',
        salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
      },
      mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
    },
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    version: 3,
  },
  scrypt: {
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
      ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
      kdf: 'scrypt',
      kdfparams: {
        dklen: 32,
        n: 262144,
        r: 1,
        p: 8,
        salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
      },
      mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
    },
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    version: 3,
  },
} as const

const key = testPrivateKey('alice')
const cheap = { logN: 2, chance: createSeededChance('keystore') }
const anyBytes32 = fc.uint8Array({ minLength: 32, maxLength: 32, min: 1, max: 254 })

describe('the published keystores', () => {
  it('open with PBKDF2', async () => {
    const text = JSON.stringify(published.pbkdf2)
    assert.deepEqual(await openKeystore(text, published.password), fromHex(published.secret))
  })

  it('open with scrypt at a cost that OpenSSL refuses', async function () {
    this.timeout(60_000)
    const text = JSON.stringify(published.scrypt)
    assert.deepEqual(await openKeystore(text, published.password), fromHex(published.secret))
  })

  it('open as early geth wrote them, with a capital letter and a prefix', async () => {
    const { crypto, ...rest } = published.pbkdf2
    const text = JSON.stringify({ ...rest, Crypto: { ...crypto, mac: `0x${crypto.mac}` } })
    assert.deepEqual(await openKeystore(text, published.password), fromHex(published.secret))
  })
})

describe('a keystore', () => {
  it('gives back any key under any passphrase', async () => {
    const property = fc.asyncProperty(
      anyBytes32,
      fc.string({ unit: 'grapheme', minLength: 1 }),
      async (secret, passphrase) => {
        const text = await createKeystore(secret, passphrase, cheap)
        assert.deepEqual(await openKeystore(text, passphrase), Uint8Array.from(secret))
      },
    )
    await fc.assert(property, { numRuns: 20 })
  })

  it('opens with the same passphrase in other code points', async () => {
    const text = await createKeystore(key, 'caf\u00e9 \ufb01n', cheap)
    assert.deepEqual(await openKeystore(text, 'cafe\u0301 fin'), Uint8Array.from(key))
  })

  it('shows the address and nothing of the key', async () => {
    const text = await createKeystore(key, 'open sesame', cheap)
    assert.ok(!text.includes(key.toString()))
    assert.match(JSON.parse(text).address, /^[0-9a-f]{40}$/)
  })

  it('costs 2^17 rounds of scrypt unless told otherwise', async () => {
    const { crypto } = JSON.parse(await createKeystore(key, 'open sesame'))
    assert.deepEqual(
      { ...crypto.kdfparams, salt: '' },
      { n: 131072, r: 8, p: 1, dklen: 32, salt: '' },
    )
  })

  it('does not open with a wrong passphrase', async () => {
    const text = await createKeystore(key, 'open sesame', cheap)
    await assert.rejects(openKeystore(text, 'open barley'), { code: 'WRONG_PASSPHRASE' })
  })

  it('is not made without a passphrase', async () => {
    await assert.rejects(createKeystore(key, '', cheap), { code: 'PASSPHRASE_EMPTY' })
  })

  it('that names another address is refused', async () => {
    const json = JSON.parse(await createKeystore(key, 'open sesame', cheap))
    const text = JSON.stringify({ ...json, address: '00'.repeat(20) })
    await assert.rejects(openKeystore(text, 'open sesame'), { code: 'KEYSTORE_INVALID' })
  })
})

describe('a file that is no keystore of ours to open', () => {
  const scrypt = published.scrypt.crypto
  const withScrypt = (changes: object) => ({
    ...published.scrypt,
    crypto: { ...scrypt, kdfparams: { ...scrypt.kdfparams, ...changes } },
  })
  const withPbkdf2 = (changes: object) => ({
    ...published.pbkdf2,
    crypto: {
      ...published.pbkdf2.crypto,
      kdfparams: { ...published.pbkdf2.crypto.kdfparams, ...changes },
    },
  })
  const refused: Record<string, unknown> = {
    'a number': 7,
    nothing: null,
    'an empty object': {},
    'another version': { ...published.scrypt, version: 4 },
    'another cipher': { ...published.scrypt, crypto: { ...scrypt, cipher: 'aes-128-cbc' } },
    'an unknown derivation': { ...published.scrypt, crypto: { ...scrypt, kdf: 'argon2id' } },
    'more memory than is sane': withScrypt({ n: 2 ** 22, r: 8 }),
    'a cost that is no power of two': withScrypt({ n: 262143 }),
    'a cost of zero': withScrypt({ n: 0 }),
    'much parallel work': withScrypt({ p: 2 ** 20 }),
    'a long derived key': withScrypt({ dklen: 2 ** 30 }),
    'an odd salt': withScrypt({ salt: 'abc' }),
    'endless rounds': withPbkdf2({ c: 2 ** 31 }),
    'another hash': withPbkdf2({ prf: 'hmac-md5' }),
    'a short key inside': { ...published.scrypt, crypto: { ...scrypt, ciphertext: 'd172' } },
  }
  for (const [what, json] of Object.entries(refused)) {
    it(`is refused with ${what}`, async () => {
      const opening = openKeystore(JSON.stringify(json), published.password)
      await assert.rejects(opening, { code: 'KEYSTORE_INVALID' })
    })
  }

  it('is refused when it is not even JSON', async () => {
    await assert.rejects(openKeystore('{"version": 3,', 'x'), { code: 'KEYSTORE_INVALID' })
  })
})

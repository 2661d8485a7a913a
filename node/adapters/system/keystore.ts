import { createCipheriv, createDecipheriv, randomUUID, timingSafeEqual } from 'node:crypto'
import { Fault, fromHex, keccak256, toHex } from '../../../protocols/common/index.ts'
import type { Chance } from '../../ports/index.ts'
import { createSystemChance } from './chance.ts'
import type { SystemFault } from './faults.ts'
import { pbkdf2Sha256, scrypt } from './key-derivation.ts'
import { type Keystore, parseKeystore } from './keystore-format.ts'
import { createSigner } from './signer.ts'

const utf8 = new TextEncoder()
const hex = (bytes: Uint8Array): string => toHex(bytes).slice(2)

// The same passphrase typed on another keyboard or system may come in other code points.
const passwordBytes = (passphrase: string): Uint8Array => utf8.encode(passphrase.normalize('NFKC'))

const macOf = (key: Uint8Array, ciphertext: Uint8Array): Uint8Array =>
  keccak256(new Uint8Array([...key.subarray(16), ...ciphertext]))

/** Seals a 32-byte private key as Web3 Secret Storage version 3 (JSON text). `logN`: base-2 logarithm of scrypt's cost, for tests to lower. */
export const createKeystore = async (
  privateKey: Uint8Array,
  passphrase: string,
  { logN = 17, chance = createSystemChance() }: { logN?: number; chance?: Chance } = {},
): Promise<string> => {
  if (passphrase === '') {
    throw new Fault<SystemFault>('PASSPHRASE_EMPTY', 'A key needs a passphrase')
  }
  const cost = { n: 2 ** logN, r: 8, p: 1 }
  const salt = chance.bytes(32)
  const iv = chance.bytes(16)
  const key = await scrypt(passwordBytes(passphrase), salt, cost)
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), iv)
  const ciphertext = Buffer.concat([cipher.update(privateKey), cipher.final()])
  const keystore = {
    version: 3,
    id: randomUUID(),
    address: createSigner(privateKey).address.slice(2),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: hex(iv) },
      ciphertext: hex(ciphertext),
      kdf: 'scrypt',
      kdfparams: { ...cost, dklen: 32, salt: hex(salt) },
      mac: hex(macOf(key, ciphertext)),
    },
  }
  return `${JSON.stringify(keystore, null, 2)}\n`
}

const deriveKey = ({ crypto }: Keystore, passphrase: string): Promise<Uint8Array> => {
  const password = passwordBytes(passphrase)
  return crypto.kdf === 'scrypt'
    ? scrypt(password, crypto.kdfparams.salt, crypto.kdfparams)
    : pbkdf2Sha256(password, crypto.kdfparams.salt, crypto.kdfparams.c)
}

/** The private key in a keystore of version 3, whichever wallet wrote it. Throws Fault KEYSTORE_INVALID or WRONG_PASSPHRASE. */
export const openKeystore = async (text: string, passphrase: string): Promise<Uint8Array> => {
  const keystore = parseKeystore(text)
  const { ciphertext, cipherparams, mac } = keystore.crypto
  const key = await deriveKey(keystore, passphrase)
  if (!timingSafeEqual(macOf(key, ciphertext), mac)) {
    throw new Fault<SystemFault>('WRONG_PASSPHRASE', 'The passphrase does not open this key')
  }
  const decipher = createDecipheriv('aes-128-ctr', key.subarray(0, 16), cipherparams.iv)
  const privateKey = Uint8Array.from(Buffer.concat([decipher.update(ciphertext), decipher.final()]))
  requireAddress(keystore, privateKey)
  return privateKey
}

const requireAddress = ({ address }: Keystore, privateKey: Uint8Array): void => {
  if (address === undefined) return
  const { address: actual } = createSigner(privateKey)
  if (!timingSafeEqual(fromHex(actual), address)) {
    throw new Fault<SystemFault>('KEYSTORE_INVALID', `The key inside belongs to ${actual}`)
  }
}

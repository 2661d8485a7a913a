import { pbkdf2 as pbkdf2Callback, scrypt as scryptCallback } from 'node:crypto'
import { promisify } from 'node:util'
import { scryptAsync as portableScrypt } from '@noble/hashes/scrypt.js'

const pbkdf2 = promisify(pbkdf2Callback)
const KEY_BYTES = 32

export type ScryptCost = { n: number; r: number; p: number }

const nativeScrypt = (
  password: Uint8Array,
  salt: Uint8Array,
  { n, r, p }: ScryptCost,
): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    // OpenSSL counts a little more than the 128 * n * r bytes of the algorithm itself.
    const maxmem = 128 * r * (n + p + 2) + 65_536
    scryptCallback(password, salt, KEY_BYTES, { N: n, r, p, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })

/** 32 bytes by scrypt. */
export const scrypt = async (
  password: Uint8Array,
  salt: Uint8Array,
  cost: ScryptCost,
): Promise<Uint8Array> => {
  // OpenSSL refuses n >= 2^(16 r), which other wallets write.
  if (Math.log2(cost.n) >= 16 * cost.r) {
    return portableScrypt(password, salt, { N: cost.n, r: cost.r, p: cost.p, dkLen: KEY_BYTES })
  }
  return nativeScrypt(password, salt, cost)
}

/** 32 bytes by PBKDF2 with HMAC-SHA-256. */
export const pbkdf2Sha256 = (
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Promise<Uint8Array> => pbkdf2(password, salt, iterations, KEY_BYTES, 'sha256')

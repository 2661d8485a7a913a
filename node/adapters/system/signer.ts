import {
  type Address,
  fromHex,
  keccak256,
  type RecoverSigner,
  type Signature,
  toHex,
} from '../../../protocols/common/index.ts'
import type { Signer } from '../../ports/index.ts'
import { type Curve, curve } from './secp256k1.ts'

const SIGNATURE_TEXT = /^0x[0-9a-f]{130}$/
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

const addressOf = (publicKey: Uint8Array): Address =>
  toHex(keccak256(publicKey.subarray(1)).subarray(12))

const isLowS = (signature: Signature): boolean =>
  BigInt(`0x${signature.slice(66, 130)}`) <= HALF_ORDER

/** The signing half of one curve implementation. */
export const createSigning = (
  implementation: Curve,
): { createSigner: (privateKey: Uint8Array) => Signer; recoverSigner: RecoverSigner } => ({
  createSigner: (privateKey) => {
    if (!implementation.isPrivateKey(privateKey)) throw new TypeError('Not a secp256k1 private key')
    // Not slice(): of a Buffer that is a view on the caller's bytes.
    const key = Uint8Array.from(privateKey)
    return {
      address: addressOf(implementation.publicKey(key)),
      sign: (digest) => {
        const { compact, recovery } = implementation.sign(fromHex(digest), key)
        const signature = new Uint8Array(65)
        signature.set(compact)
        signature[64] = 27 + recovery
        return toHex(signature)
      },
    }
  },
  recoverSigner: (digest, signature) => {
    if (!SIGNATURE_TEXT.test(signature) || !isLowS(signature)) return null
    const bytes = fromHex(signature)
    const recovery = (bytes[64] as number) - 27
    if (recovery !== 0 && recovery !== 1) return null
    try {
      const compact = bytes.subarray(0, 64)
      return addressOf(implementation.recover(fromHex(digest), { compact, recovery }))
    } catch {
      return null
    }
  },
})

/** Signer over a 32-byte private key, of which it keeps its own copy. `recoverSigner` accepts low s and v of 27 or 28 only. */
export const { createSigner, recoverSigner } = createSigning(curve)

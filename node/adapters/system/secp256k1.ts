import { createRequire } from 'node:module'
import { secp256k1 as noble } from '@noble/curves/secp256k1.js'

/** 64 bytes r || s with the recovery bit (0 or 1). */
export type RecoverableSignature = { compact: Uint8Array; recovery: number }

/** The few curve operations that signing needs; two implementations, equal byte for byte. */
export type Curve = {
  isPrivateKey(key: Uint8Array): boolean
  /** 65 bytes, uncompressed. */
  publicKey(privateKey: Uint8Array): Uint8Array
  /** RFC 6979 nonce, low s. */
  sign(digest: Uint8Array, privateKey: Uint8Array): RecoverableSignature
  /** The uncompressed public key; throws where there is none. */
  recover(digest: Uint8Array, signature: RecoverableSignature): Uint8Array
}

type Bindings = typeof import('secp256k1')

const nativeCurve = (bindings: Bindings): Curve => ({
  isPrivateKey: (key) => key.length === 32 && bindings.privateKeyVerify(key),
  publicKey: (privateKey) => bindings.publicKeyCreate(privateKey, false),
  sign: (digest, privateKey) => {
    const { signature, recid } = bindings.ecdsaSign(digest, privateKey)
    return { compact: signature, recovery: recid }
  },
  recover: (digest, { compact, recovery }) =>
    bindings.ecdsaRecover(compact, recovery, digest, false),
})

/** The curve in portable JavaScript: slower by a factor of ten to fifty. */
export const portableCurve: Curve = {
  isPrivateKey: (key) => noble.utils.isValidSecretKey(key),
  publicKey: (privateKey) => noble.getPublicKey(privateKey, false),
  sign: (digest, privateKey) => {
    const signature = noble.sign(digest, privateKey, { prehash: false, format: 'recovered' })
    return { compact: signature.slice(1), recovery: signature[0] as number }
  },
  recover: (digest, { compact, recovery }) =>
    noble.Signature.fromBytes(compact)
      .addRecoveryBit(recovery)
      .recoverPublicKey(digest)
      .toBytes(false),
}

/** The native curve, or null on a platform without its binary. */
export const loadNativeCurve = (): Curve | null => {
  try {
    // The package's own entry would fall back silently to a third implementation; its binding alone does not.
    return nativeCurve(createRequire(import.meta.url)('secp256k1/bindings.js') as Bindings)
  } catch {
    return null
  }
}

export const curve: Curve = loadNativeCurve() ?? portableCurve

import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { base58btc } from 'multiformats/bases/base58'

export type KeyType = 'secp256k1' | 'ed25519'
/** Compressed (33 bytes) for secp256k1, 32 bytes for Ed25519. */
export type PublicKey = { type: KeyType; bytes: Uint8Array }

type KeyFormat = { code: readonly [number, number]; isKey: (bytes: Uint8Array) => boolean }

// Multicodec codes as unsigned varints: secp256k1-pub 0xe7, ed25519-pub 0xed.
const formats: Record<KeyType, KeyFormat> = {
  secp256k1: {
    code: [0xe7, 0x01],
    isKey: (bytes) => bytes.length === 33 && secp256k1.utils.isValidPublicKey(bytes, true),
  },
  ed25519: {
    code: [0xed, 0x01],
    isKey: (bytes) => bytes.length === 32 && ed25519.utils.isValidPublicKey(bytes),
  },
}
const PREFIX = 'did:key:'
const MAX_LENGTH = 80

/** The did:key of a public key. */
export const didKeyOf = ({ type, bytes }: PublicKey): string =>
  PREFIX + base58btc.encode(new Uint8Array([...formats[type].code, ...bytes]))

const decodeBase58 = (text: string): Uint8Array | null => {
  try {
    return base58btc.decode(text)
  } catch {
    return null
  }
}

/** The public key in a did:key; null for a malformed one, another key type or a point that is not on the curve. */
export const parseDidKey = (did: string): PublicKey | null => {
  if (!did.startsWith(PREFIX) || did.length > MAX_LENGTH) return null
  const decoded = decodeBase58(did.slice(PREFIX.length))
  if (decoded === null) return null
  const bytes = decoded.slice(2)
  for (const type of ['secp256k1', 'ed25519'] as const) {
    const { code, isKey } = formats[type]
    if (decoded[0] === code[0] && decoded[1] === code[1]) {
      return isKey(bytes) ? { type, bytes } : null
    }
  }
  return null
}

import type { Address, Hash, Signature } from '../../protocols/common/index.ts'

/** The agent's secp256k1 key: signs 32-byte digests with a low s; the key itself never leaves the adapter. */
export type Signer = { address: Address; sign(digest: Hash): Signature }

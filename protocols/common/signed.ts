import type { TypedMessage, TypedName } from './typed-messages.ts'
import type { Address, Hash, Signature } from './units.ts'

/** A typed message with the signature over its EIP-712 digest. */
export type Signed<Name extends TypedName> = { message: TypedMessage<Name>; signature: Signature }

/** Recovers the account that signed a digest; null for a malformed, high-s or unrecoverable signature. */
export type RecoverSigner = (digest: Hash, signature: Signature) => Address | null

// Names of agents and peers that other systems understand: did:key, did:pkh, CAIP-10. Proves nothing: signatures do.
export { type AccountId, formatAccountId, parseAccountId } from './account-id.ts'
export { checksumAddress, parseAddress } from './checksum-address.ts'
export { didKeyOf, type KeyType, type PublicKey, parseDidKey } from './did-key.ts'
export { type ChainAccount, didPkhOf, parseDidPkh } from './did-pkh.ts'

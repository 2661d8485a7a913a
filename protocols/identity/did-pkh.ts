import type { Address } from '../common/index.ts'
import { formatAccountId, parseAccountId } from './account-id.ts'
import { checksumAddress, parseAddress } from './checksum-address.ts'

/** An Ethereum account on one chain. */
export type ChainAccount = { chainId: number; address: Address }

const PREFIX = 'did:pkh:'
const CHAIN_ID = /^[1-9]\d{0,15}$/

/** The did:pkh of an Ethereum account (namespace eip155, address with checksum). */
export const didPkhOf = ({ chainId, address }: ChainAccount): string =>
  PREFIX +
  formatAccountId({
    namespace: 'eip155',
    reference: String(chainId),
    address: checksumAddress(address),
  })

/** The Ethereum account in a did:pkh; null when malformed or of another namespace. */
export const parseDidPkh = (did: string): ChainAccount | null => {
  if (!did.startsWith(PREFIX)) return null
  const account = parseAccountId(did.slice(PREFIX.length))
  if (account?.namespace !== 'eip155' || !CHAIN_ID.test(account.reference)) return null
  const chainId = Number(account.reference)
  const address = parseAddress(account.address)
  return Number.isSafeInteger(chainId) && address !== null ? { chainId, address } : null
}

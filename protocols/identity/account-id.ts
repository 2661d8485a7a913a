/** CAIP-10: an account on any chain, such as `eip155:1:0xab…`. */
export type AccountId = { namespace: string; reference: string; address: string }

const ACCOUNT_ID = /^([-a-z0-9]{3,8}):([-_a-zA-Z0-9]{1,32}):([-.%a-zA-Z0-9]{1,128})$/

/** The text form of an account id. */
export const formatAccountId = ({ namespace, reference, address }: AccountId): string =>
  `${namespace}:${reference}:${address}`

/** The parts of a CAIP-10 account id of any namespace; null when malformed. */
export const parseAccountId = (text: string): AccountId | null => {
  const [, namespace, reference, address] = ACCOUNT_ID.exec(text) ?? []
  return namespace && reference && address ? { namespace, reference, address } : null
}

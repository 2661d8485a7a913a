import { type Address, keccak256, toHex } from '../common/index.ts'

const ADDRESS = /^0x[0-9a-fA-F]{40}$/
const utf8 = new TextEncoder()

/** An address with its EIP-55 checksum, as people and wallets read it. */
export const checksumAddress = (address: Address): string => {
  const digits = address.slice(2)
  const hash = toHex(keccak256(utf8.encode(digits))).slice(2)
  const cased = [...digits].map((digit, at) =>
    Number.parseInt(hash.charAt(at), 16) >= 8 ? digit.toUpperCase() : digit,
  )
  return `0x${cased.join('')}`
}

/** The address in a text; null when malformed, or of mixed case with a wrong checksum: then a letter was mistyped. */
export const parseAddress = (text: string): Address | null => {
  if (!ADDRESS.test(text)) return null
  const address = text.toLowerCase() as Address
  const digits = text.slice(2)
  const isOneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase()
  return isOneCase || checksumAddress(address) === text ? address : null
}

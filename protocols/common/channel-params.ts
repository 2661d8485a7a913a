import { fromHex, toHex } from './hex.ts'
import { keccak256 } from './keccak.ts'
import type { Address, Hash } from './units.ts'

/** DUPLEX: both pay. SIMPLEX: A pays B, and B may claim while the channel is open. */
export const CHANNEL_MODE = { DUPLEX: 0, SIMPLEX: 1 } as const

/** What a channel is, for its whole life; its hash is the channel's id. */
export type ChannelParams = {
  partyA: Address
  partyB: Address
  signerA: Address
  signerB: Address
  /** The zero address stands for the native coin. */
  token: Address
  /** Challenge window in seconds, uint32. */
  window: number
  mode: number
  /** uint64 */
  salt: bigint
}

const pad = (hex: string): string => hex.padStart(64, '0')

/** keccak256(abi.encode(params)), as the contract computes it. */
export const channelIdOf = (params: ChannelParams): Hash => {
  const accounts = [params.partyA, params.partyB, params.signerA, params.signerB, params.token]
  const numbers = [BigInt(params.window), BigInt(params.mode), params.salt]
  const words = [
    ...accounts.map((account) => pad(account.slice(2))),
    ...numbers.map((number) => pad(number.toString(16))),
  ]
  return toHex(keccak256(fromHex(`0x${words.join('')}`)))
}

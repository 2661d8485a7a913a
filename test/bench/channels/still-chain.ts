import type { ChannelKeeperDeps } from '../../../node/channel/index.ts'
import type { ChainIdentity } from '../../../node/ports/index.ts'
import type { Amount } from '../../../protocols/common/index.ts'

const fill = (byte: string): `0x${string}` => `0x${byte.repeat(20)}`

export const IDENTITY: ChainIdentity = {
  chainId: 31337,
  network: 'bench',
  isLocal: true,
  contracts: { paymentChannel: fill('c1'), disputeArbiter: fill('c2'), token: fill('c3') },
  tokenDecimals: 6,
  tokenSymbol: 'tUSD',
  minWindowSeconds: 60,
  confirmations: 1,
}

/** A chain on which every channel is open with the same deposit, for ever: no promise touches it. */
export const createStillChain = (deposit: Amount): ChannelKeeperDeps['chain'] => ({
  identity: IDENTITY,
  head: async () => ({ block: 1, timestamp: 1_800_000_000 }),
  channel: async () => ({ status: 'open', deposit, claimed: 0n, epoch: 0, closeAt: 0 }),
  promised: async () => ({ fromA: 0n, fromB: 0n }),
  fees: async () => ({ base: 1n, tip: 1n, usualBase: 1n }),
  watch: () => () => {},
})

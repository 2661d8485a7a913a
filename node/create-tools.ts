// What commands need where no node runs.
import { type Config, readNetwork } from '../config/index.ts'
import type { Address } from '../protocols/common/index.ts'
import { didKeyOf } from '../protocols/identity/index.ts'
import { startLocalChain } from './adapters/anvil/index.ts'
import { peerIdOfSeed } from './adapters/libp2p/index.ts'
import { loadOrCreateIdentity } from './adapters/system/index.ts'
import { connectChain } from './adapters/viem/index.ts'
import { chance, clock } from './compose/index.ts'
import type { Log } from './ports/index.ts'

export type AgentIdentity = {
  agent: Address
  did: string
  peerId: string
  folder: string
  isNew: boolean
}

/** A local chain with the contracts on it; `deployment` is what chain.deployment files hold. */
export type MarketChain = {
  rpcUrl: string
  deployment: { paymentChannel: Address; disputeArbiter: Address; token: Address; block: number }
  token: { symbol: string; decimals: number }
  stop(): Promise<void>
}

export type Tools = {
  /** Makes the agent's keys, or opens those there are. */
  initIdentity(
    config: Pick<Config, 'dataFolder' | 'identity'>,
    passphrase: string,
  ): Promise<AgentIdentity>
  /** Starts a chain that several nodes can share. */
  startMarketChain(options: { folder: string; log: Log }): Promise<MarketChain>
}

const initIdentity: Tools['initIdentity'] = async (config, passphrase) => {
  const folder = config.dataFolder
  const { keystore } = config.identity
  const { agent, peer, isNew } = await loadOrCreateIdentity({
    folder,
    passphrase,
    ...(keystore === null ? {} : { keystore }),
  })
  return {
    agent: agent.address,
    did: didKeyOf({ type: 'secp256k1', bytes: agent.publicKey }),
    peerId: await peerIdOfSeed(peer.seed),
    folder,
    isNew,
  }
}

const startMarketChain: Tools['startMarketChain'] = async ({ folder, log }) => {
  const connected = await connectChain(
    { startLocalChain, clock, log },
    {
      dataFolder: folder,
      // Owns nothing: connecting asks for some account.
      privateKey: chance.bytes(32),
      rpcUrls: [],
      network: await readNetwork({ network: 'local', deployment: null }),
      deployment: null,
      local: { fund: null },
    },
  )
  const [rpcUrl = ''] = connected.rpcUrls
  const { tokenSymbol, tokenDecimals } = connected.identity
  return {
    rpcUrl,
    deployment: connected.deployment,
    token: { symbol: tokenSymbol, decimals: tokenDecimals },
    stop: () => connected.stop(),
  }
}

/** The tools of this machine. */
export const createTools = (): Tools => ({ initIdentity, startMarketChain })

// An agent's settlement on a real chain and a real database, opened on a folder as often as a test likes.
import { join } from 'node:path'
import { startLocalChain } from '../../node/adapters/anvil/index.ts'
import { openLevelStore } from '../../node/adapters/store/index.ts'
import { createSystemClock } from '../../node/adapters/system/index.ts'
import {
  type ConnectOptions,
  connectChain,
  type Deployment,
} from '../../node/adapters/viem/index.ts'
import type { Chain, Clock, Log, Store } from '../../node/ports/index.ts'
import { createSettlement, type Settlement } from '../../node/settlement/index.ts'
import type { Address } from '../../protocols/common/index.ts'
import type { NodeEvent } from '../../protocols/control/index.ts'
import { silentLog } from '../fakes/log.ts'
import { createTestSigner, testPrivateKey } from '../fakes/signer.ts'

const GWEI = 1_000_000_000n
export const CAPS = { cap: 100n * GWEI, urgentCap: 20_000n * GWEI }

export type AgentPlace = {
  name: string
  dataFolder: string
  rpcUrls: readonly string[]
  deployment: Deployment
}

export type AgentWorld = {
  log: Log
  clock?: Clock
  emit?: (event: NodeEvent) => void
  /** Stands between settlement and the database. */
  around?: (store: Store) => Store
  /** Stands between settlement and the chain. */
  before?: (chain: Chain) => Chain
}

export type SettlingAgent = {
  address: Address
  chain: Chain
  settlement: Settlement
  stop(): Promise<void>
}

/** A chain of ten blocks a second with the contracts on it. */
export const startOwnChain = (dataFolder: string) =>
  connectChain(
    { startLocalChain, clock: createSystemClock(), log: silentLog },
    {
      dataFolder,
      privateKey: testPrivateKey('nobody'),
      rpcUrls: [],
      network: null,
      deployment: null,
      local: { blockTimeSeconds: 0.1 },
    },
  )

const noChain = () => Promise.reject(new Error('this agent starts no chain'))

export const connectAgent = (
  { name, dataFolder, rpcUrls, deployment }: AgentPlace,
  log: Log,
  over: Partial<ConnectOptions> = {},
) =>
  connectChain(
    { startLocalChain: noChain, clock: createSystemClock(), log },
    {
      dataFolder,
      privateKey: testPrivateKey(name),
      rpcUrls,
      network: null,
      deployment,
      local: { fund: { native: 10n ** 19n, token: 10_000n } },
      pollMs: 50,
      rpcTimeoutMs: 500,
      ...over,
    },
  )

/** Opens the agent and starts its settlement, fast enough for a chain of ten blocks a second. */
export const startAgent = async (
  place: AgentPlace,
  { log, clock = createSystemClock(), emit = () => undefined, around, before }: AgentWorld,
): Promise<SettlingAgent> => {
  const connected = await connectAgent(place, log)
  const { chainId } = connected.identity
  const { address } = createTestSigner(place.name)
  const folder = join(place.dataFolder, 'db')
  const disk = await openLevelStore({ folder, owner: { agent: address, chainId }, log })
  const store = around ? around(disk) : disk
  const chain = before ? before(connected.chain) : connected.chain
  const settlement = createSettlement(
    { store, chain, clock, log, emit },
    {
      account: address,
      fees: CAPS,
      reserve: 10n ** 16n,
      fromBlock: place.deployment.block,
      pollMs: 50,
      heartbeatMs: 200,
      pauseMs: 200,
    },
  )
  await settlement.start()
  return {
    address,
    chain: connected.chain,
    settlement,
    stop: async () => {
      await settlement.stop()
      await connected.stop()
      await disk.stop()
    },
  }
}

// What commands, the demo and tests need where no node runs.
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Config, readNetwork } from '../config/index.ts'
import type { Address } from '../protocols/common/index.ts'
import { Fault, formatAmount, parseAmount } from '../protocols/common/index.ts'
import { didKeyOf } from '../protocols/identity/index.ts'
import { proposePrice } from '../protocols/market/index.ts'
import { startLocalChain } from './adapters/anvil/index.ts'
import { peerIdOfSeed } from './adapters/libp2p/index.ts'
import { loadOrCreateIdentity } from './adapters/system/index.ts'
import { connectChain } from './adapters/viem/index.ts'
import { createSandbox, measureSpeeds } from './adapters/wasm/index.ts'
import type { KernelReport, MachineReport, ModuleReport } from './cli/index.ts'
import { chance, clock } from './compose/index.ts'
import type { Log } from './ports/index.ts'

/** Who an agent is, and whether its keys were made just now. */
export type AgentIdentity = {
  agent: Address
  did: string
  peerId: string
  folder: string
  isNew: boolean
}

/** Makes the agent's keys, or opens those there are. `logN`: base-2 logarithm of scrypt's cost for a new keystore. */
export const initIdentity = async (
  { dataFolder: folder, identity: { keystore } }: Pick<Config, 'dataFolder' | 'identity'>,
  passphrase: string,
  options: { logN?: number } = {},
): Promise<AgentIdentity> => {
  const { agent, peer, isNew } = await loadOrCreateIdentity({
    folder,
    passphrase,
    ...options,
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

/** A local chain with the contracts on it. Nodes join it by `chain.rpcUrls` and `chain.deployment`. */
export type SharedChain = {
  rpcUrl: string
  deploymentFile: string
  deployment: { paymentChannel: Address; disputeArbiter: Address; token: Address; block: number }
  token: { symbol: string; decimals: number }
  stop(): Promise<void>
}

/** Starts a chain that several nodes can share. */
export const startSharedChain = async ({
  folder,
  log,
}: {
  folder: string
  log: Log
}): Promise<SharedChain> => {
  await mkdir(folder, { recursive: true })
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
  const { deployment, identity, rpcUrls } = connected
  const deploymentFile = join(folder, 'deployment.json')
  await writeFile(deploymentFile, `${JSON.stringify(deployment)}\n`)
  return {
    rpcUrl: rpcUrls[0] ?? '',
    deploymentFile,
    deployment,
    token: { symbol: identity.tokenSymbol, decimals: identity.tokenDecimals },
    stop: () => connected.stop(),
  }
}

/** Judges a module as every node does, in a child process without rights. */
export const inspectModule = async (
  bytes: Uint8Array,
  { memoryPages }: { memoryPages: number | null },
): Promise<ModuleReport> => {
  const sandbox = createSandbox({}, { workers: 1, maxQueue: 1 })
  await sandbox.start()
  try {
    const begun = performance.now()
    const inspection = await sandbox.inspect(bytes, memoryPages === null ? {} : { memoryPages })
    const { meteredBytes } = inspection
    const milliseconds = performance.now() - begun
    return {
      ...inspection,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      engineHash: sandbox.engineHash,
      cost: meteredBytes ? { bytes: bytes.length, meteredBytes, milliseconds } : null,
    }
  } finally {
    await sandbox.stop()
  }
}

const MICRO_DECIMALS = 6

/** Measures this machine as it would sell itself, all workers at once, and proposes a price per Mfuel from what it costs. */
export const benchMachine = async (
  { execution, market }: Pick<Config, 'execution' | 'market'>,
  { decimals, onSpeed }: { decimals: number; onSpeed: (speed: KernelReport) => void },
): Promise<MachineReport> => {
  const workers = execution.workers ?? availableParallelism()
  const { costPerHour, marginPercent, utilisationPercent } = market
  const cost = parseAmount(costPerHour, decimals)
  if (cost === null) {
    throw new Fault(
      'CONFIG_INVALID',
      `${costPerHour} has more than the token's ${decimals} decimals`,
    )
  }
  const sandbox = createSandbox({}, { workers, maxQueue: 0 })
  await sandbox.start()
  try {
    const kernels = await measureSpeeds(sandbox, { workers, onSpeed })
    const proposal = proposePrice({
      fuelPerSecond: kernels.map(({ fuelPerSecond }) => fuelPerSecond),
      workers,
      costPerHour: cost,
      utilisationPercent,
      marginPercent,
    })
    if (!proposal) throw new Fault('CALIBRATION_FAILED', 'the machine did no work')
    const { exactMicroUnits, mfuelPerHour, pricePerMfuel, speedMfuelPerSecond } = proposal
    return {
      kernels: kernels.map(({ name, about, fuelPerSecond }) => ({ name, about, fuelPerSecond })),
      workers,
      speedMfuelPerSecond,
      mfuelPerHour: String(mfuelPerHour),
      costPerHour,
      utilisationPercent,
      marginPercent,
      exactPrice: formatAmount(exactMicroUnits, decimals + MICRO_DECIMALS),
      pricePerMfuel: formatAmount(pricePerMfuel, decimals),
    }
  } finally {
    await sandbox.stop()
  }
}

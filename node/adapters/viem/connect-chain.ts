import { join } from 'node:path'
import { fallback, http, type Transport } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { type Address, Fault, faultCode, type Hex, toHex } from '../../../protocols/common/index.ts'
import type { Chain, ChainIdentity, Clock, Log } from '../../ports/index.ts'
import { createViemChain } from './create-viem-chain.ts'
import { type Deployment, deploymentIn, lowerCased, type NetworkSettings } from './deployment.ts'
import { readFacts } from './facts.ts'
import type { ChainFault } from './faults.ts'
import { readIdentity } from './identity.ts'
import { readJson, writeJson } from './json-file.ts'
import { deployLocally, fundLocalAgent, type LocalFund } from './local.ts'
import { createReader, createRpc } from './rpc.ts'
import { type ChainPins, checkChainIsWhatItSeems, isLocalChain } from './safety.ts'

/** A chain that this node started and stops. */
export type LocalChain = { rpcUrl: string; deployerKey: Hex; stop(): Promise<void> }

export type ConnectDeps = {
  /** node/adapters/anvil's startLocalChain. Called only when no RPC URL is given. */
  startLocalChain(options: {
    folder: string
    log: Log
    port?: number
    blockTimeSeconds?: number
  }): Promise<LocalChain>
  clock: Clock
  log: Log
  /** How an endpoint is reached; HTTP unless told otherwise. */
  transport?: (url: string) => Transport
}

export type ConnectOptions = {
  dataFolder: string
  /** The agent's key, 32 bytes. */
  privateKey: Uint8Array
  /** Empty: start a chain of one's own. */
  rpcUrls: readonly string[]
  network: NetworkSettings | null
  /** Overrides the network's contracts. */
  deployment: Deployment | null
  local?: {
    port?: number
    blockTimeSeconds?: number
    /** Balances to begin with; on local chains only, ignored on every other. */
    fund?: LocalFund | null
  }
  maxFeePerGas?: bigint
  pollMs?: number
}

export type ConnectedChain = {
  chain: Chain
  identity: ChainIdentity
  /** What others need to use the same chain: pass both on as options. */
  deployment: Deployment
  rpcUrls: readonly string[]
  /** Stops watching, and the chain too if it was started here. */
  stop(): Promise<void>
}

type Place = {
  rpcUrls: readonly string[]
  local: LocalChain | null
  transport: (url: string) => Transport
}
type Checked = { chainId: number; isLocal: boolean }

const RPC_TIMEOUT_MS = 10_000
const DEFAULT_CONFIRMATIONS = 6

const overHttp = (url: string) => http(url, { timeout: RPC_TIMEOUT_MS, retryCount: 1 })
const pinsPath = (dataFolder: string) => join(dataFolder, 'chain-pins.json')

// Every endpoint must be the same chain as ever: one wrong among several could have the node sign for another network.
const checkEndpoint = async (
  url: string,
  contracts: readonly Address[],
  { options, place }: { options: ConnectOptions; place: Place },
): Promise<ChainPins & Checked> => {
  const { dataFolder, network, privateKey } = options
  const facts = await readFacts(createReader(createRpc(place.transport(url))), contracts)
  const pinned = await readJson<ChainPins>(pinsPath(dataFolder))
  const problem = checkChainIsWhatItSeems({
    ...facts,
    expectedChainId: network?.chainId ?? null,
    agentAddress: privateKeyToAddress(toHex(privateKey)).toLowerCase() as Address,
    mustBeLocal: place.local !== null,
    // Before the contracts are looked up only the chain itself can be compared.
    pinned: pinned !== null && contracts.length === 0 ? { ...pinned, codeHashes: {} } : pinned,
  })
  if (problem !== null) throw new Fault<ChainFault>(problem.code, problem.message, { url })
  const missing = contracts.find((address) => facts.codeHashes[address] === undefined)
  if (missing !== undefined) {
    const message = `no contract stands at ${missing} on chain ${facts.chainId}`
    throw new Fault<ChainFault>('DEPLOYMENT_MISSING', message, { url, address: missing })
  }
  return { ...facts, isLocal: isLocalChain(facts) }
}

const deploymentFor = async (options: ConnectOptions, place: Place): Promise<Deployment> => {
  const { dataFolder, network } = options
  const named = options.deployment ?? deploymentIn(network)
  if (place.local === null || options.deployment !== null) {
    if (named !== null) return lowerCased(named)
    const message = 'nobody says where the contracts stand on this chain'
    throw new Fault<ChainFault>('DEPLOYMENT_MISSING', message)
  }
  const { rpcUrl, deployerKey } = place.local
  const { chainId } = await checkEndpoint(rpcUrl, [], { options, place })
  const path = join(dataFolder, 'chain', 'deployment.json')
  const earlier = await readJson<Deployment>(path)
  const minWindow = network?.minWindowSeconds ?? 1
  const deployment = await deployLocally({ rpcUrl, chainId, deployerKey }, { minWindow, earlier })
  await writeJson(path, deployment)
  return deployment
}

const checkAll = async (
  deployment: Deployment,
  log: Log,
  known: { options: ConnectOptions; place: Place },
): Promise<Checked & { rpcUrls: readonly string[] }> => {
  const { paymentChannel, disputeArbiter, token } = deployment
  const answers: (ChainPins & Checked)[] = []
  const rpcUrls: string[] = []
  for (const url of known.place.rpcUrls) {
    try {
      answers.push(await checkEndpoint(url, [paymentChannel, disputeArbiter, token], known))
      rpcUrls.push(url)
    } catch (error) {
      if (faultCode(error) !== 'CHAIN_UNREACHABLE') throw error
      log.warn({ url }, 'chain endpoint does not answer and is not used')
    }
  }
  const [first] = answers
  if (first === undefined) {
    throw new Fault<ChainFault>('CHAIN_UNREACHABLE', 'no endpoint of the chain answers')
  }
  const { chainId, firstBlockHash, codeHashes, isLocal } = first
  await writeJson(pinsPath(known.options.dataFolder), { chainId, firstBlockHash, codeHashes })
  return { chainId, isLocal, rpcUrls }
}

const openChain = async (
  { clock, log }: ConnectDeps,
  options: ConnectOptions,
  place: Place,
): Promise<ConnectedChain> => {
  const { network, privateKey, local, pollMs, maxFeePerGas } = options
  const deployment = await deploymentFor(options, place)
  const { chainId, isLocal, rpcUrls } = await checkAll(deployment, log, { options, place })
  const transport = fallback(rpcUrls.map(place.transport), { retryCount: 0 })
  const identity = await readIdentity(createReader(createRpc(transport)), deployment, {
    chainId,
    isLocal,
    network: network?.name ?? `chain ${chainId}`,
    confirmations: network?.confirmations ?? (isLocal ? 1 : DEFAULT_CONFIRMATIONS),
  })
  if (isLocal && local?.fund) {
    const agent = privateKeyToAddress(toHex(privateKey)).toLowerCase() as Address
    const [rpcUrl = ''] = rpcUrls
    await fundLocalAgent({ rpcUrl, agent, token: deployment.token, fund: local.fund })
  }
  const chain = createViemChain(
    { transport, clock, log },
    {
      privateKey,
      identity,
      pollMs: pollMs ?? (isLocal ? 250 : 2_000),
      ...(maxFeePerGas === undefined ? {} : { maxFeePerGas }),
    },
  )
  const stop = async () => {
    await chain.stop()
    await place.local?.stop()
  }
  return { chain, identity, deployment, rpcUrls, stop }
}

/** Finds or starts the chain, makes sure that it is the right one, and gives the agent's view of it (not started yet). */
export const connectChain = async (
  deps: ConnectDeps,
  options: ConnectOptions,
): Promise<ConnectedChain> => {
  const { rpcUrls, dataFolder, local: { port, blockTimeSeconds } = {} } = options
  const { transport = overHttp } = deps
  if (rpcUrls.length > 0) return openChain(deps, options, { rpcUrls, local: null, transport })
  const local = await deps.startLocalChain({
    folder: join(dataFolder, 'chain'),
    log: deps.log,
    ...(port === undefined ? {} : { port }),
    ...(blockTimeSeconds === undefined ? {} : { blockTimeSeconds }),
  })
  try {
    return await openChain(deps, options, { rpcUrls: [local.rpcUrl], local, transport })
  } catch (error) {
    await local.stop()
    throw error
  }
}

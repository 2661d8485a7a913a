import { join } from 'node:path'
import { http, type Transport } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { type Address, Fault, faultCode, type Hex, toHex } from '../../../protocols/common/index.ts'
import type { Chain, ChainIdentity, Clock, Log } from '../../ports/index.ts'
import { type Checked, checkEndpoint, type Expected, pinsPath } from './check-endpoint.ts'
import { createViemChain } from './create-viem-chain.ts'
import { type Deployment, deploymentIn, lowerCased, type NetworkSettings } from './deployment.ts'
import { createEndpoints, type Endpoint, nameOf } from './endpoints.ts'
import type { ChainFault } from './faults.ts'
import { readIdentity } from './identity.ts'
import { readJson, writeJson } from './json-file.ts'
import { deployLocally, fundLocalAgent, type LocalFund } from './local.ts'
import { createReader, createRpc, type Rpc } from './rpc.ts'
import { savedIdentity, saveIdentity } from './saved-identity.ts'

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
  /** How long one endpoint may take to answer. */
  rpcTimeoutMs?: number
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
  endpoints: readonly Way[]
  local: LocalChain | null
}
type Way = { url: string; rpc: Rpc }

const RPC_TIMEOUT_MS = 10_000
const DEFAULT_CONFIRMATIONS = 6

const overHttp = (timeout: number) => (url: string) => http(url, { timeout, retryCount: 0 })

const expectedBy = (options: ConnectOptions, { local }: Place): Expected => ({
  ...options,
  mustBeLocal: local !== null,
})

const deploymentFor = async (options: ConnectOptions, place: Place): Promise<Deployment> => {
  const { dataFolder, network } = options
  const named = options.deployment ?? deploymentIn(network)
  if (place.local === null || options.deployment !== null) {
    if (named !== null) return lowerCased(named)
    const message = 'nobody says where the contracts stand on this chain'
    throw new Fault<ChainFault>('DEPLOYMENT_MISSING', message)
  }
  const { rpcUrl, deployerKey } = place.local
  const [own] = place.endpoints as [Way]
  const { chainId } = await checkEndpoint(own, [], expectedBy(options, place))
  const path = join(dataFolder, 'chain', 'deployment.json')
  const earlier = await readJson<Deployment>(path)
  const minWindow = network?.minWindowSeconds ?? 1
  const deployment = await deployLocally({ rpcUrl, chainId, deployerKey }, { minWindow, earlier })
  await writeJson(path, deployment)
  return deployment
}

type Survey = {
  /** What the first endpoint that answers says; null when none does. */
  first: Checked | null
  /** Ready to be used; what was silent is checked before its first use. */
  endpoints: readonly Endpoint[]
}

const survey = async (
  deployment: Deployment,
  log: Log,
  { options, place }: { options: ConnectOptions; place: Place },
): Promise<Survey> => {
  const { paymentChannel, disputeArbiter, token } = deployment
  const expected = expectedBy(options, place)
  const answers: Checked[] = []
  const endpoints: Endpoint[] = []
  for (const way of place.endpoints) {
    const name = nameOf(way.url)
    const check = () => checkEndpoint(way, [paymentChannel, disputeArbiter, token], expected)
    try {
      answers.push(await check())
      endpoints.push({ name, rpc: way.rpc, check: null })
    } catch (error) {
      if (faultCode(error) !== 'CHAIN_UNREACHABLE') throw error
      endpoints.push({ name, rpc: way.rpc, check: async () => void (await check()) })
      log.warn({ endpoint: name }, 'chain endpoint does not answer')
    }
  }
  return { first: answers[0] ?? null, endpoints }
}

const identify = async (
  deployment: Deployment,
  { first, rpc }: { first: Checked; rpc: Rpc },
  { dataFolder, network }: ConnectOptions,
): Promise<ChainIdentity> => {
  const { chainId, firstBlockHash, codeHashes, isLocal } = first
  const identity = await readIdentity(createReader(rpc), deployment, {
    chainId,
    isLocal,
    network: network?.name ?? `chain ${chainId}`,
    confirmations: network?.confirmations ?? (isLocal ? 1 : DEFAULT_CONFIRMATIONS),
  })
  await writeJson(pinsPath(dataFolder), { chainId, firstBlockHash, codeHashes })
  await saveIdentity(dataFolder, identity)
  return identity
}

/** With no endpoint that answers, the node starts on what an earlier run was told: it works over open channels until the chain is back. */
const identifyBlindly = async (
  deployment: Deployment,
  log: Log,
  { dataFolder, network }: ConnectOptions,
): Promise<ChainIdentity> => {
  const saved = await savedIdentity(dataFolder, deployment)
  if (saved === null) {
    throw new Fault<ChainFault>('CHAIN_UNREACHABLE', 'no endpoint of the chain answers')
  }
  log.warn({ chainId: saved.chainId }, 'no endpoint of the chain answers, started without it')
  return { ...saved, confirmations: network?.confirmations ?? saved.confirmations }
}

const fundAgent = async (options: ConnectOptions, place: Place, token: Address): Promise<void> => {
  const { local, privateKey } = options
  const [first] = place.endpoints
  if (!local?.fund || first === undefined) return
  const agent = privateKeyToAddress(toHex(privateKey)).toLowerCase() as Address
  await fundLocalAgent({ rpcUrl: first.url, agent, token, fund: local.fund })
}

const openChain = async (
  { clock, log }: ConnectDeps,
  options: ConnectOptions,
  place: Place,
): Promise<ConnectedChain> => {
  const { privateKey, pollMs, maxFeePerGas } = options
  const deployment = await deploymentFor(options, place)
  const { first, endpoints } = await survey(deployment, log, { options, place })
  const rpc = createEndpoints({ clock, log }, endpoints)
  const identity =
    first === null
      ? await identifyBlindly(deployment, log, options)
      : await identify(deployment, { first, rpc }, options)
  const { isLocal } = identity
  if (isLocal && first !== null) await fundAgent(options, place, deployment.token)
  const chain = createViemChain(
    { rpc, clock, log },
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
  return { chain, identity, deployment, rpcUrls: place.endpoints.map(({ url }) => url), stop }
}

/** Finds or starts the chain, makes sure that it is the right one, and gives the agent's view of it (not started yet). */
export const connectChain = async (
  deps: ConnectDeps,
  options: ConnectOptions,
): Promise<ConnectedChain> => {
  const { rpcUrls, dataFolder, rpcTimeoutMs = RPC_TIMEOUT_MS } = options
  const { port, blockTimeSeconds } = options.local ?? {}
  const { transport = overHttp(rpcTimeoutMs) } = deps
  const wayTo = (url: string): Way => ({ url, rpc: createRpc(transport(url)) })
  if (rpcUrls.length > 0) {
    return openChain(deps, options, { endpoints: rpcUrls.map(wayTo), local: null })
  }
  const local = await deps.startLocalChain({
    folder: join(dataFolder, 'chain'),
    log: deps.log,
    ...(port === undefined ? {} : { port }),
    ...(blockTimeSeconds === undefined ? {} : { blockTimeSeconds }),
  })
  try {
    return await openChain(deps, options, { endpoints: [wayTo(local.rpcUrl)], local })
  } catch (error) {
    await local.stop()
    throw error
  }
}

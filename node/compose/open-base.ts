// Opens what everything else stands on: the lock, the keys, the chain, the database.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Config, readNetwork } from '../../config/index.ts'
import { type Amount, createDigester, Fault, parseAmount } from '../../protocols/common/index.ts'
import { startLocalChain } from '../adapters/anvil/index.ts'
import { openLevelStore } from '../adapters/store/index.ts'
import {
  createLog,
  createSigner,
  type Identity,
  keyLock,
  loadOrCreateIdentity,
  processLock,
} from '../adapters/system/index.ts'
import { type ConnectedChain, connectChain } from '../adapters/viem/index.ts'
import { createSandbox } from '../adapters/wasm/index.ts'
import type { Log, Sandbox, Signer, Store } from '../ports/index.ts'
import type { Closers } from './closers.ts'
import { clock } from './system.ts'

export type Secrets = { passphrase: string; log?: Log }

/** In wei. */
export const GWEI = 10n ** 9n
const LOCAL_FUND = { native: 10n ** 20n, token: '1000' }
const TEST_TOKEN_DECIMALS = 6

const connect = async (
  config: Config,
  { identity, log }: { identity: Identity; log: Log },
): Promise<ConnectedChain> => {
  const known = await readNetwork(config.chain)
  const { rpcUrls, confirmations, feeCapGwei, localFaucet, rpcTimeoutMs } = config.chain
  const { paymentChannel, disputeArbiter, escrow, reputation, token, block } = known.contracts
  const deployment =
    paymentChannel && disputeArbiter && token
      ? { paymentChannel, disputeArbiter, escrow, reputation, token, block: block ?? 0 }
      : null
  const fund = {
    native: LOCAL_FUND.native,
    token: parseAmount(LOCAL_FUND.token, TEST_TOKEN_DECIMALS) ?? 0n,
  }
  return connectChain(
    { startLocalChain, clock, log },
    {
      dataFolder: config.dataFolder,
      privateKey: identity.agent.privateKey,
      rpcUrls,
      network: { ...known, confirmations: confirmations ?? known.confirmations },
      deployment,
      local: { fund: localFaucet ? fund : null },
      maxFeePerGas: BigInt(feeCapGwei) * GWEI,
      rpcTimeoutMs,
    },
  )
}

const openSandbox = ({ dataFolder, execution }: Config, log: Log): Sandbox => {
  const { workers, maxQueue, maxProcessBytes, moduleCacheBytes, wasiHost } = execution
  return createSandbox(
    { log },
    {
      workers: workers ?? availableParallelism(),
      maxQueue,
      maxProcessBytes,
      moduleCache: { folder: join(dataFolder, 'modules'), maxBytes: moduleCacheBytes },
      wasiHost: wasiHost === 'wasmer' ? 'wasmer' : 'souk',
    },
  )
}

/** Amounts in the settings are in tokens; USD means the price of the configured stablecoin. */
const amountReader =
  (decimals: number, coin = 'token') =>
  (text: string): Amount => {
    const amount = parseAmount(text, decimals)
    if (amount !== null) return amount
    throw new Fault('CONFIG_INVALID', `${text} has more than the ${coin}'s ${decimals} decimals`)
  }

const NATIVE_DECIMALS = 18

/** An amount of native coin, in wei. */
export const nativeAmount = amountReader(NATIVE_DECIMALS, 'native coin')

export type Base = {
  config: Config
  log: Log
  identity: Identity
  signer: Signer
  connected: ConnectedChain
  store: Store
  sandbox: Sandbox
  amount: (text: string) => Amount
  closers: Closers
}

/** Opens the base of a node; `closers` gets what must be closed again, also when a later part fails. */
export const openBase = async (
  config: Config,
  secrets: Secrets,
  closers: Closers,
): Promise<Base> => {
  const log = secrets.log ?? createLog(config.log)
  const lock = await processLock(config.dataFolder)
  closers.add(() => lock.release())
  const { keystore } = config.identity
  const identity = await loadOrCreateIdentity({
    folder: config.dataFolder,
    passphrase: secrets.passphrase,
    ...(keystore === null ? {} : { keystore }),
  })
  const connected = await connect(config, { identity, log })
  closers.add(() => connected.stop())
  const { chainId } = connected.identity
  const key = await keyLock(identity.agent.address, chainId)
  closers.add(() => key.release())
  const owner = { agent: identity.agent.address, chainId }
  const store = await openLevelStore({ folder: join(config.dataFolder, 'db'), owner, log })
  closers.add(() => store.stop())
  const sandbox = openSandbox(config, log)
  const amount = amountReader(connected.identity.tokenDecimals)
  const signer = createSigner(identity.agent.privateKey)
  return { config, log, identity, signer, connected, store, sandbox, amount, closers }
}

/** Digests of market messages and of channel messages, each bound to its contract. */
export const digestersOf = ({ connected: { identity } }: Base) => {
  const { chainId, contracts } = identity
  return {
    market: createDigester({ chainId, verifyingContract: contracts.disputeArbiter }),
    channel: createDigester({ chainId, verifyingContract: contracts.paymentChannel }),
  }
}

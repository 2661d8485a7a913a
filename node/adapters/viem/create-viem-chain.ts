import { decodeFunctionResult, encodeFunctionData, toHex as numberHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { paymentChannelContractAbi, testTokenAbi } from '../../../contracts/abi/index.ts'
import { type Address, Fault, type Hash, type Hex, toHex } from '../../../protocols/common/index.ts'
import type {
  Chain,
  ChainIdentity,
  ChannelStatus,
  Clock,
  Log,
  OnChainChannel,
} from '../../ports/index.ts'
import type { ChainFault } from './faults.ts'
import { readFees } from './fees.ts'
import { broadcastRaw, outcomeOf } from './outcome.ts'
import { prepareCall, reprice } from './prepare.ts'
import { createReader, type Read, type Rpc } from './rpc.ts'
import { watchEvents } from './watch.ts'

export type ViemChainDeps = { rpc: Rpc; clock: Clock; log: Log }

export type ViemChainOptions = {
  /** 32 bytes; signs this account's transactions. */
  privateKey: Uint8Array
  identity: ChainIdentity
  /** Between two looks for new blocks. */
  pollMs?: number
  /** In wei; above it nothing is sent. */
  maxFeePerGas?: bigint
}

const STATUSES: readonly ChannelStatus[] = ['none', 'open', 'closing', 'closed']
const GWEI = 1_000_000_000n

const readChannel = async (
  read: Read,
  { contracts, confirmations }: ChainIdentity,
  id: Hash,
): Promise<OnChainChannel> => {
  const head = confirmations > 1 ? Number(await read<Hex>('eth_blockNumber')) : 0
  const block = confirmations > 1 ? numberHex(Math.max(0, head - confirmations + 1)) : 'latest'
  const abi = paymentChannelContractAbi
  const data = encodeFunctionData({ abi, functionName: 'channel', args: [id] })
  const answer = await read<Hex>('eth_call', [{ to: contracts.paymentChannel, data }, block])
  const result = decodeFunctionResult({ abi, functionName: 'channel', data: answer })
  const [deposit, claimed, closeAt, status, epoch] = result
  return { deposit, claimed, closeAt, epoch, status: STATUSES[status] ?? 'none' }
}

const readPromised = async (read: Read, { contracts }: ChainIdentity, id: Hash) => {
  const abi = paymentChannelContractAbi
  const ask = async (functionName: 'promised' | 'promisedByB') => {
    const data = encodeFunctionData({ abi, functionName, args: [id] })
    return BigInt(await read<Hex>('eth_call', [{ to: contracts.paymentChannel, data }, 'latest']))
  }
  const [fromA, fromB] = await Promise.all([ask('promised'), ask('promisedByB')])
  return { fromA, fromB }
}

const readCredit = async (read: Read, to: Address, args: readonly [Address, Address]) => {
  const abi = paymentChannelContractAbi
  const data = encodeFunctionData({ abi, functionName: 'credit', args })
  return BigInt(await read<Hex>('eth_call', [{ to, data }, 'latest']))
}

const createReads = (read: Read, identity: ChainIdentity, account: Address) => {
  const { token } = identity.contracts
  const tokenNumber = async (functionName: 'balanceOf' | 'allowance', ...args: Address[]) => {
    const data = encodeFunctionData({ abi: testTokenAbi, functionName, args } as never)
    return BigInt(await read<Hex>('eth_call', [{ to: token, data }, 'latest']))
  }
  return {
    head: async () => {
      const latest = await read<{ number: Hex; timestamp: Hex }>('eth_getBlockByNumber', [
        'latest',
        false,
      ])
      return { block: Number(latest.number), timestamp: Number(latest.timestamp) }
    },
    balances: async (owner: Address) => {
      const [native, tokens] = await Promise.all([
        read<Hex>('eth_getBalance', [owner, 'latest']).then(BigInt),
        tokenNumber('balanceOf', owner),
      ])
      return { native, token: tokens }
    },
    allowance: (spender: Address) => tokenNumber('allowance', account, spender),
    channel: (id: Hash) => readChannel(read, identity, id),
    promised: (id: Hash) => readPromised(read, identity, id),
    credit: (owed: Address) => readCredit(read, identity.contracts.paymentChannel, [owed, account]),
  }
}

/** The chain as one account sees it, through any viem transport. */
export const createViemChain = (deps: ViemChainDeps, options: ViemChainOptions): Chain => {
  const { rpc, clock, log } = deps
  const { privateKey, identity, pollMs = 1_000, maxFeePerGas = 500n * GWEI } = options
  const read = createReader(rpc)
  const account = privateKeyToAccount(toHex(privateKey))
  const address = account.address.toLowerCase() as Address
  const { confirmations, contracts } = identity
  const signing = { rpc, account, identity }
  const usualOrder = { cap: maxFeePerGas, tipPercent: 100 }
  const watches = new Map<AbortController, Promise<void>>()

  return {
    identity,
    start: async () => {
      const chainId = Number(await read<Hex>('eth_chainId'))
      if (chainId !== identity.chainId) {
        const expected = identity.chainId
        const message = `the chain is ${chainId}, not ${expected}`
        throw new Fault<ChainFault>('CHAIN_MISMATCH', message, { chainId, expected })
      }
    },
    stop: async () => {
      for (const stopping of watches.keys()) stopping.abort()
      await Promise.all(watches.values())
    },
    ...createReads(read, identity, address),
    fees: () => readFees(rpc),
    prepare: (call, { fees = usualOrder, nonceAtLeast = 0 } = {}) =>
      prepareCall(signing, call, { fees, nonceAtLeast }),
    reprice: (transaction, fees) => reprice(signing, transaction, fees),
    broadcast: (transaction) => broadcastRaw(rpc, transaction),
    outcome: (hash) => outcomeOf(rpc, hash, confirmations),
    watch: (fromBlock, listener, onProgress = () => undefined) => {
      const stopping = new AbortController()
      const { signal } = stopping
      const range = { contract: contracts.paymentChannel, confirmations, pollMs, fromBlock }
      const done = watchEvents({ rpc, clock, log }, range, { listener, onProgress, signal })
      watches.set(stopping, done)
      return () => {
        stopping.abort()
        watches.delete(stopping)
      }
    },
  }
}

import { keccak256, numberToHex } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { type Address, Fault, type Hash, type Hex } from '../../../protocols/common/index.ts'
import type { ChainCall, ChainIdentity, PreparedTransaction } from '../../ports/index.ts'
import { type CallData, encodeCall } from './calls.ts'
import type { ChainFault } from './faults.ts'
import { revertReason } from './reverts.ts'
import { createReader, type Rpc, RpcRefusal, unreachable } from './rpc.ts'

export type PrepareDeps = {
  rpc: Rpc
  account: PrivateKeyAccount
  identity: Pick<ChainIdentity, 'chainId' | 'contracts'>
}

/** `maxFeePerGas`, in wei: above it nothing is sent. */
export type FeeOptions = { maxFeePerGas: bigint }

const FALLBACK_TIP = 1_000_000_000n

const fault = (code: ChainFault, message: string, details: Record<string, unknown> = {}) =>
  new Fault(code, message, details)

const NO_MONEY = /insufficient funds|gas required exceeds allowance|out of funds/i
const EXECUTION_REVERTED = 3

/** What a refused simulation means. Only a revert is final: a server that lacks a block or a state refuses too. */
export const simulationFault = (refusal: RpcRefusal): Fault<ChainFault> => {
  const { message, data, code } = refusal
  if (data !== null || code === EXECUTION_REVERTED || /revert/i.test(message)) {
    const reason = data === null ? message : revertReason(data)
    return fault('CALL_WOULD_REVERT', reason, { reason, cause: refusal })
  }
  if (NO_MONEY.test(message)) {
    return fault('INSUFFICIENT_FUNDS', message, { reason: message, cause: refusal })
  }
  return unreachable(message, refusal)
}

const estimateGas = async (rpc: Rpc, from: Address, { to, data, value }: CallData) => {
  try {
    const request = { from, to, data, value: numberToHex(value) }
    const estimate = BigInt((await rpc('eth_estimateGas', [request])) as Hex)
    // A quarter more: storage may have changed in between, and a payout needs gas in hand at its end.
    return (estimate * 5n) / 4n
  } catch (error) {
    throw error instanceof RpcRefusal ? simulationFault(error) : error
  }
}

const tipOf = async (rpc: Rpc): Promise<bigint> => {
  try {
    return BigInt((await rpc('eth_maxPriorityFeePerGas')) as Hex)
  } catch (error) {
    if (error instanceof RpcRefusal) return FALLBACK_TIP
    throw error
  }
}

const feesOf = async (rpc: Rpc, { maxFeePerGas: cap }: FeeOptions) => {
  const read = createReader(rpc)
  const [tip, latest] = await Promise.all([
    tipOf(rpc),
    read<{ baseFeePerGas?: Hex }>('eth_getBlockByNumber', ['latest', false]),
  ])
  const base = BigInt(latest.baseFeePerGas ?? '0x0')
  if (base + tip > cap) {
    throw fault('FEE_TOO_HIGH', 'gas costs more than the node may pay', { base, tip, cap })
  }
  const comfortable = base * 2n + tip
  return {
    maxFeePerGas: comfortable < cap ? comfortable : cap,
    maxPriorityFeePerGas: tip,
  }
}

/** Simulates, prices and signs one call. */
export const prepareCall = async (
  { rpc, account, identity }: PrepareDeps,
  call: ChainCall,
  options: FeeOptions,
): Promise<PreparedTransaction> => {
  const read = createReader(rpc)
  const from = account.address.toLowerCase() as Address
  const request = encodeCall(call, identity, from)
  const [gas, fees, nonce, balance] = await Promise.all([
    estimateGas(rpc, from, request),
    feesOf(rpc, options),
    read<Hex>('eth_getTransactionCount', [from, 'pending']).then(Number),
    read<Hex>('eth_getBalance', [from, 'latest']).then(BigInt),
  ])
  const needed = request.value + gas * fees.maxFeePerGas
  if (balance < needed) {
    const reason = `needs ${needed} wei of native coin, has ${balance}`
    throw fault('INSUFFICIENT_FUNDS', reason, { reason: `INSUFFICIENT_FUNDS: ${reason}` })
  }
  const { chainId } = identity
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    gas,
    ...fees,
    ...request,
  })
  return { hash: keccak256(raw) as Hash, raw, nonce }
}

import { keccak256, numberToHex, parseTransaction } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { type Address, Fault, type Hash, type Hex } from '../../../protocols/common/index.ts'
import type { ChainCall, ChainIdentity, FeeOrder, PreparedTransaction } from '../../ports/index.ts'
import { type CallData, encodeCall } from './calls.ts'
import type { ChainFault } from './faults.ts'
import { feesFor, raisedFees } from './fees.ts'
import { revertReason } from './reverts.ts'
import { createReader, type Rpc, RpcRefusal, unreachable } from './rpc.ts'

export type PrepareDeps = {
  rpc: Rpc
  account: PrivateKeyAccount
  identity: Pick<ChainIdentity, 'chainId' | 'contracts'>
}

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

/** Simulates, prices and signs one call. */
export const prepareCall = async (
  { rpc, account, identity }: PrepareDeps,
  call: ChainCall,
  { fees: order, nonceAtLeast }: { fees: FeeOrder; nonceAtLeast: number },
): Promise<PreparedTransaction> => {
  const read = createReader(rpc)
  const from = account.address.toLowerCase() as Address
  const request = encodeCall(call, identity, from)
  const [gas, fees, counted, balance] = await Promise.all([
    estimateGas(rpc, from, request),
    feesFor(rpc, order),
    read<Hex>('eth_getTransactionCount', [from, 'pending']).then(Number),
    read<Hex>('eth_getBalance', [from, 'latest']).then(BigInt),
  ])
  const needed = request.value + gas * fees.maxFeePerGas
  if (balance < needed) {
    const reason = `needs ${needed} wei of native coin, has ${balance}`
    throw fault('INSUFFICIENT_FUNDS', reason, { reason: `INSUFFICIENT_FUNDS: ${reason}` })
  }
  const { chainId } = identity
  // A server that lags behind counts less than what is known to be used.
  const nonce = Math.max(counted, nonceAtLeast)
  const type = 'eip1559'
  const raw = await account.signTransaction({ type, chainId, nonce, gas, ...fees, ...request })
  return { hash: keccak256(raw) as Hash, raw, nonce }
}

/** The same call with the same nonce for enough more that servers take it in the other's place. */
export const reprice = async (
  { rpc, account }: PrepareDeps,
  { raw }: PreparedTransaction,
  order: FeeOrder,
): Promise<PreparedTransaction> => {
  const before = parseTransaction(raw)
  const { to, data, value = 0n, gas, nonce = 0, chainId } = before
  const { maxFeePerGas = 0n, maxPriorityFeePerGas = 0n } = before
  const fees = raisedFees({ maxFeePerGas, maxPriorityFeePerGas }, await feesFor(rpc, order), order)
  const again = { to, data, value, gas, nonce, chainId, ...fees } as const
  const signed = await account.signTransaction({ type: 'eip1559', ...again } as never)
  return { hash: keccak256(signed) as Hash, raw: signed, nonce }
}

import type { Hash, Hex } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import type { PreparedTransaction, TransactionOutcome } from '../../ports/index.ts'
import type { ChainFault } from './faults.ts'
import { revertReason } from './reverts.ts'
import { createReader, type Rpc, RpcRefusal } from './rpc.ts'

type RpcReceipt = { status: Hex; blockNumber: Hex; gasUsed: Hex }
type RpcTransaction = { from: Hex; to: Hex; input: Hex; value: Hex; gas: Hex; nonce: Hex }

const callAt = async (
  rpc: Rpc,
  transaction: RpcTransaction,
  block: Hex,
): Promise<string | null> => {
  const { from, to, input: data, value, gas } = transaction
  try {
    await rpc('eth_call', [{ from, to, data, value, gas }, block])
    return null
  } catch (error) {
    return error instanceof RpcRefusal && error.data !== null ? revertReason(error.data) : null
  }
}

// The chain keeps no reasons. The call is made again on the state before its block, or, where that state is gone, on its block's.
const reasonOf = async (rpc: Rpc, hash: Hash, { blockNumber, gasUsed }: RpcReceipt) => {
  const read = createReader(rpc)
  const transaction = await read<RpcTransaction | null>('eth_getTransactionByHash', [hash])
  if (transaction === null) return 'Reverted()'
  if (BigInt(gasUsed) === BigInt(transaction.gas)) return 'OutOfGas()'
  const before: Hex = `0x${(BigInt(blockNumber) - 1n).toString(16)}`
  const reason =
    (await callAt(rpc, transaction, before)) ?? (await callAt(rpc, transaction, blockNumber))
  return reason ?? 'Reverted()'
}

/** What became of a transaction; final only at the given depth (1: in any block). */
export const outcomeOf = async (
  rpc: Rpc,
  hash: Hash,
  confirmations: number,
): Promise<TransactionOutcome> => {
  const read = createReader(rpc)
  const receipt = await read<RpcReceipt | null>('eth_getTransactionReceipt', [hash])
  if (receipt === null) {
    const transaction = await read<RpcTransaction | null>('eth_getTransactionByHash', [hash])
    return { status: transaction === null ? 'unknown' : 'pending' }
  }
  const block = Number(receipt.blockNumber)
  const head = Number(await read<Hex>('eth_blockNumber'))
  if (head - block + 1 < confirmations) return { status: 'pending', minedAt: block }
  if (BigInt(receipt.status) === 1n)
    return { status: 'done', block, gasUsed: BigInt(receipt.gasUsed) }
  return { status: 'reverted', block, reason: await reasonOf(rpc, hash, receipt) }
}

const KNOWN = /already known|already imported|already in (the )?mempool|known transaction/i
const NONCE_USED = /nonce (is )?too low|nonce has already been used|invalid nonce|oldnonce/i

const isOnChain = async (rpc: Rpc, hash: Hash): Promise<boolean> =>
  (await outcomeOf(rpc, hash, 1)).status !== 'unknown'

const refused = (cause: RpcRefusal, nonce: number): Fault<ChainFault> => {
  const code = NONCE_USED.test(cause.message) ? 'NONCE_TAKEN' : 'TX_REFUSED'
  return new Fault(code, cause.message, { reason: cause.message, nonce, cause })
}

/** Sends signed bytes. Bytes that the chain already has are no failure. */
export const broadcastRaw = async (
  rpc: Rpc,
  { raw, hash, nonce }: PreparedTransaction,
): Promise<void> => {
  try {
    await rpc('eth_sendRawTransaction', [raw])
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error
    if (KNOWN.test(error.message) || (await isOnChain(rpc, hash))) return
    throw refused(error, nonce)
  }
}

import { numberToHex } from 'viem'
import { Fault, type Hex } from '../../../protocols/common/index.ts'
import type { FeeLevel, FeeOrder } from '../../ports/index.ts'
import type { ChainFault } from './faults.ts'
import { createReader, type Rpc, RpcRefusal } from './rpc.ts'

/** What a transaction offers for a unit of gas, in wei. */
export type Fees = { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }

const FALLBACK_TIP = 1_000_000_000n
const HISTORY_BLOCKS = 100

const tipOf = async (rpc: Rpc): Promise<bigint> => {
  try {
    return BigInt((await rpc('eth_maxPriorityFeePerGas')) as Hex)
  } catch (error) {
    if (error instanceof RpcRefusal) return FALLBACK_TIP
    throw error
  }
}

const middleOf = (values: readonly bigint[]): bigint | undefined =>
  [...values].sort((a, b) => (a < b ? -1 : Number(a > b)))[Math.floor(values.length / 2)]

// Not every server keeps a history; then what is paid now is what is usual.
const usualBaseOf = async (rpc: Rpc, base: bigint): Promise<bigint> => {
  try {
    const history = await rpc('eth_feeHistory', [numberToHex(HISTORY_BLOCKS), 'latest', []])
    const { baseFeePerGas = [] } = (history ?? {}) as { baseFeePerGas?: Hex[] }
    return middleOf(baseFeePerGas.map(BigInt)) ?? base
  } catch (error) {
    if (error instanceof RpcRefusal) return base
    throw error
  }
}

const readLevel = async (rpc: Rpc) => {
  const read = createReader(rpc)
  const [tip, latest] = await Promise.all([
    tipOf(rpc),
    read<{ baseFeePerGas?: Hex }>('eth_getBlockByNumber', ['latest', false]),
  ])
  return { base: BigInt(latest.baseFeePerGas ?? '0x0'), tip }
}

/** What gas costs now, and of late. */
export const readFees = async (rpc: Rpc): Promise<FeeLevel> => {
  const { base, tip } = await readLevel(rpc)
  return { base, tip, usualBase: await usualBaseOf(rpc, base) }
}

const tooHigh = (details: Record<string, bigint>) =>
  new Fault<ChainFault>('FEE_TOO_HIGH', 'gas costs more than the node may pay', details)

/** Fees that carry a transaction through several full blocks, within the cap. Throws Fault FEE_TOO_HIGH where not even the next block is. */
export const feesFor = async (rpc: Rpc, { cap, tipPercent }: FeeOrder): Promise<Fees> => {
  const { base, tip: usualTip } = await readLevel(rpc)
  const tip = (usualTip * BigInt(tipPercent)) / 100n
  if (base + tip > cap) throw tooHigh({ base, tip, cap })
  const comfortable = base * 2n + tip
  return { maxFeePerGas: comfortable < cap ? comfortable : cap, maxPriorityFeePerGas: tip }
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)

// Servers take a replacement only for a tenth more in both fees; an eighth leaves room for how each rounds.
const raised = (fee: bigint): bigint => fee + fee / 8n + 1n

/** The wanted fees, or as much more than those before as a replacement needs. Throws Fault FEE_TOO_HIGH. */
export const raisedFees = (before: Fees, wanted: Fees, { cap }: FeeOrder): Fees => {
  const maxPriorityFeePerGas = larger(
    wanted.maxPriorityFeePerGas,
    raised(before.maxPriorityFeePerGas),
  )
  const least = larger(raised(before.maxFeePerGas), maxPriorityFeePerGas)
  if (least > cap) throw tooHigh({ least, cap })
  return { maxFeePerGas: larger(wanted.maxFeePerGas, least), maxPriorityFeePerGas }
}

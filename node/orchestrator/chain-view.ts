// What the control port shows of the chain and of this node's transactions.
import { Fault, type Hash } from '../../protocols/common/index.ts'
import type {
  ChainStatusView,
  Page,
  PageRequest,
  TransactionView,
} from '../../protocols/control/index.ts'
import type { Chain, FeeLevel } from '../ports/index.ts'
import {
  effectOf,
  type Settlement,
  type Subject,
  type TransactionRecord,
} from '../settlement/index.ts'
import type { TaskFault } from './faults.ts'

export type ChainViewDeps = {
  chain: Pick<Chain, 'identity' | 'head' | 'fees'>
  settlement: Pick<Settlement, 'balances' | 'outbox' | 'status' | 'transaction' | 'transactions'>
}

const feesOf = (fees: FeeLevel | null) =>
  fees && { base: String(fees.base), tip: String(fees.tip), usualBase: String(fees.usualBase) }

/** While the chain is known to be away it is not asked: the answer comes at once. */
const askChain = async ({ chain, settlement }: ChainViewDeps) => {
  const nothing = { head: { block: 0 }, balances: { native: 0n, token: 0n }, fees: null }
  if (!settlement.status().isReachable) return nothing
  const [head, balances, fees] = await Promise.all([
    chain.head().catch(() => nothing.head),
    settlement.balances().catch(() => nothing.balances),
    chain.fees().catch(() => nothing.fees),
  ])
  return { head, balances, fees }
}

export const chainStatusView = async (deps: ChainViewDeps): Promise<ChainStatusView> => {
  const { chain, settlement } = deps
  const { chainId, network, isLocal, contracts, tokenDecimals, tokenSymbol } = chain.identity
  const { isReachable, since, reserve } = settlement.status()
  const { head, balances, fees } = await askChain(deps)
  return {
    chainId,
    network,
    isLocal,
    isReachable,
    since,
    block: head.block,
    contracts: {
      paymentChannel: contracts.paymentChannel,
      disputeArbiter: contracts.disputeArbiter,
    },
    token: { address: contracts.token, symbol: tokenSymbol, decimals: tokenDecimals },
    balances: { native: String(balances.native), token: String(balances.token) },
    reserve: { isLow: reserve.isLow, least: String(reserve.reserve) },
    fees: feesOf(fees),
    outbox: settlement.outbox().map(({ hashes, ...view }) => ({ ...view, hashes: [...hashes] })),
  }
}

const idsOf = <T extends string>(subjects: readonly Subject[], kind: Subject['kind']): T[] =>
  subjects.flatMap((subject) => (subject.kind === kind ? [subject.id as T] : []))

const transactionView = (record: TransactionRecord): TransactionView => {
  const { subjects, gasUsed, events, ...same } = record
  return {
    ...same,
    effect: effectOf(record),
    channels: idsOf(subjects, 'channel'),
    escrows: idsOf(subjects, 'escrow'),
    agents: idsOf(subjects, 'reputation'),
    gasUsed: gasUsed === null ? null : String(gasUsed),
    events: [...events],
  }
}

/** What the control port asks of transactions. */
export const createTransactionViews = ({ settlement }: Pick<ChainViewDeps, 'settlement'>) => ({
  transactions: async (
    query: PageRequest & { subject: string | null },
  ): Promise<Page<TransactionView>> => {
    const { items, nextCursor } = await settlement.transactions(query)
    return { items: items.map(transactionView), nextCursor }
  },
  transaction: async (hash: Hash): Promise<TransactionView> => {
    const record = await settlement.transaction(hash)
    if (record !== undefined) return transactionView(record)
    throw new Fault<TaskFault>('NOT_FOUND', `there is no transaction ${hash} here`)
  },
})

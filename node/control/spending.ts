import type { Amount } from '../../protocols/common/index.ts'
import { Fault, faultCode, formatAmount } from '../../protocols/common/index.ts'
import type { NodeApi, TaskView } from '../../protocols/control/index.ts'
import { isOver } from '../../protocols/control/index.ts'
import type { Clock, RecordKind, Store, Write } from '../ports/index.ts'
import type { Grant } from './tokens.ts'

/** One task started with a token: its budget until it is over, then what it really cost. */
type Spend = {
  grant: string
  atMs: number
  taskId: string | null
  amount: Amount
  isSettled: boolean
}
const spendKind: RecordKind<Spend> = { name: 'control-spending', version: 1 }

export type Spending = {
  /** Sets the budget aside. Throws SPENDING_LIMIT_REACHED. The same request is counted once. */
  reserve(grant: Grant, requestId: string, budget: Amount): Promise<void>
  /** Says which task the money is for. */
  bind(requestId: string, taskId: string): Promise<void>
  /** The request was refused: nothing will be spent. */
  release(requestId: string): Promise<void>
}

const DAY_MS = 24 * 3600 * 1000

/** What a task that is over has cost its requester. */
const costOf = ({ paid, refunded }: TaskView): Amount => {
  const kept = BigInt(paid) - BigInt(refunded)
  return kept > 0n ? kept : 0n
}

type SpendingDeps = {
  store: Store
  clock: Clock
  api: Pick<NodeApi, 'task' | 'token'>
}

type SpendBook = {
  get(id: string): Promise<Spend | undefined>
  put(id: string, spend: Spend): Promise<void>
  remove(id: string): Promise<void>
  /** What the grant has set aside or spent within the last day. */
  spentBy(grant: string): Promise<Amount>
}

/** What tasks cost is asked for late, when the sum is needed: nothing to miss while the node is down. */
const createSpendBook = ({ store, clock, api }: SpendingDeps): SpendBook => {
  const spends = store.collection(spendKind)
  const settled = async (spend: Spend): Promise<Spend> => {
    if (spend.isSettled || spend.taskId === null) return spend
    try {
      const task = await api.task(spend.taskId)
      return isOver(task.phase) ? { ...spend, amount: costOf(task), isSettled: true } : spend
    } catch (error) {
      // The node no longer knows the task; without news the whole budget counts.
      if (faultCode(error) === 'NOT_FOUND') return { ...spend, isSettled: true }
      throw error
    }
  }
  const refresh = async (id: string, kept: Spend): Promise<{ spend: Spend; writes: Write[] }> => {
    const spend = await settled(kept)
    const isForgotten =
      spend.atMs < clock.nowMs() - DAY_MS && (spend.isSettled || spend.taskId === null)
    if (isForgotten) return { spend: { ...spend, amount: 0n }, writes: [spends.remove(id)] }
    return { spend, writes: spend === kept ? [] : [spends.put(id, spend)] }
  }
  return {
    get: (id) => spends.get(id),
    put: (id, spend) => store.commit([spends.put(id, spend)]),
    remove: (id) => store.commit([spends.remove(id)]),
    spentBy: async (grant) => {
      const changes: Write[] = []
      let total = 0n
      for await (const [id, kept] of spends.list()) {
        const { spend, writes } = await refresh(id, kept)
        changes.push(...writes)
        if (spend.grant === grant) total += spend.amount
      }
      if (changes.length > 0) await store.commit(changes)
      return total
    },
  }
}

/** Holds each token to its limit over any 24 hours. */
export const createSpending = (deps: SpendingDeps): Spending => {
  const book = createSpendBook(deps)
  const { decimals, symbol } = deps.api.token
  let queue: Promise<unknown> = Promise.resolve()
  // Two requests at once must not both see the same room under the limit.
  const oneByOne = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work)
    queue = result.catch(() => undefined)
    return result
  }
  const inTokens = (amount: Amount) => `${formatAmount(amount, decimals)} ${symbol}`

  const checkLimit = async (grant: Grant, budget: Amount): Promise<void> => {
    if (grant.spendPerDay === null) return
    const spent = await book.spentBy(grant.name)
    const free = spent < grant.spendPerDay ? grant.spendPerDay - spent : 0n
    if (budget <= free) return
    const message = `The budget of ${inTokens(budget)} is above the ${inTokens(free)} that this token may still spend within 24 hours`
    throw new Fault('SPENDING_LIMIT_REACHED', message, { limit: grant.spendPerDay, free })
  }

  return {
    reserve: (grant, requestId, budget) =>
      oneByOne(async () => {
        if (await book.get(requestId)) return
        await checkLimit(grant, budget)
        await book.put(requestId, {
          grant: grant.name,
          atMs: deps.clock.nowMs(),
          taskId: null,
          amount: budget,
          isSettled: false,
        })
      }),
    bind: (requestId, taskId) =>
      oneByOne(async () => {
        const spend = await book.get(requestId)
        if (spend?.taskId === null) await book.put(requestId, { ...spend, taskId })
      }),
    release: (requestId) => oneByOne(() => book.remove(requestId)),
  }
}

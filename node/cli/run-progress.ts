import { formatAmount } from '../../protocols/common/index.ts'
import type { StreamMessage, TaskView } from '../../protocols/control/index.ts'
import { barOf, shortHex } from './terminal.ts'

type Sale = { bids: number; best: bigint; provider: string | null }

/** What the live line of `souk run` knows. Bids may come before it is known which auction is the task's, so all are counted. */
export type RunProgress = {
  task: Pick<TaskView, 'id' | 'phase' | 'auctionId' | 'maxFuel'>
  fuelUsed: bigint
  paid: bigint
  sales: Readonly<Record<string, Sale>>
}

export const newProgress = (task: RunProgress['task']): RunProgress => ({
  task,
  fuelUsed: 0n,
  paid: 0n,
  sales: {},
})

const noSale: Sale = { bids: 0, best: 0n, provider: null }

const withSale = (
  progress: RunProgress,
  auctionId: string,
  change: (sale: Sale) => Partial<Sale>,
): RunProgress => {
  const sale = progress.sales[auctionId] ?? noSale
  return { ...progress, sales: { ...progress.sales, [auctionId]: { ...sale, ...change(sale) } } }
}

/** The progress after one more event; the same object where it says nothing about tasks bought here. */
export const advanceProgress = (progress: RunProgress, event: StreamMessage): RunProgress => {
  switch (event.type) {
    case 'task.progress': {
      const isOurs = event.taskId === progress.task.id && event.role === 'requester'
      if (!isOurs) return progress
      return { ...progress, fuelUsed: BigInt(event.fuelUsed), paid: BigInt(event.paid) }
    }
    case 'bid.received': {
      const price = BigInt(event.price)
      return withSale(progress, event.auctionId, ({ bids, best }) => ({
        bids: bids + 1,
        best: bids === 0 || price < best ? price : best,
      }))
    }
    case 'auction.awarded':
      return withSale(progress, event.auctionId, () => ({ provider: event.provider }))
    default:
      return progress
  }
}

type TokenWords = { symbol: string; decimals: number }

/** The live line, shorter than `columns`. */
export const progressLine = (
  { task, fuelUsed, paid, sales }: RunProgress,
  { symbol, decimals }: TokenWords,
  columns: number,
): string => {
  const money = (amount: bigint) => `${formatAmount(amount, decimals)} ${symbol}`
  const { bids, best, provider } = sales[task.auctionId ?? ''] ?? noSale
  const parts: string[] = [task.phase]
  if (task.phase === 'announced') {
    parts.push(bids === 0 ? 'no bids yet' : `${bids} bids, best ${money(best)}`)
  }
  if (provider !== null) parts.push(`on ${shortHex(provider)}`)
  if (task.phase === 'running') {
    parts.push(barOf(fuelUsed, BigInt(task.maxFuel), 16), `${money(paid)} paid`)
  }
  return parts.join(' · ').slice(0, Math.max(10, columns - 1))
}

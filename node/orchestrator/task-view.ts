// How tasks and deals look from outside. Pure: records in, views out.
import type { Address, Amount, Hash } from '../../protocols/common/index.ts'
import type { EconomicStatusView, ReceiptView, TaskView } from '../../protocols/control/index.ts'
import { outcomeOf } from '../../protocols/market/index.ts'
import type { DealRecord } from './deal-record.ts'
import {
  type Deal,
  type Delivery,
  dealOf,
  deliveryOf,
  type TaskRecord,
  workOf,
} from './task-record.ts'

/** What the channel says of one agreement: paid to the provider, and refunded by it. */
export type Account = { paid: Amount; refunded: Amount }

const dealPart = (deal: Deal | null) => ({
  provider: deal?.provider ?? null,
  auctionId: deal?.auctionId ?? null,
  agreementHash: deal?.agreementHash ?? null,
  channelId: deal?.agreement.message.channelId ?? null,
  price: deal ? String(deal.agreement.message.maxPrice) : null,
})

const receiptPart = (delivery: Delivery | null) => {
  const receipt = delivery?.receipt.message
  return {
    cost: receipt ? String(receipt.cost) : null,
    outcome: receipt ? outcomeOf(receipt) : null,
    exitCode: receipt?.exitCode ?? null,
    receiptHash: delivery?.receiptHash ?? null,
  }
}

const endPart = (journey: TaskRecord['journey'] | DealRecord['journey']) => ({
  phase: journey.phase,
  code: 'end' in journey ? journey.end.code : null,
  message: 'end' in journey ? journey.end.message : null,
})

/** A bought task. */
export const taskView = (record: TaskRecord, requester: Address, account: Account): TaskView => {
  const { journey, terms } = record
  const delivery = deliveryOf(journey)
  return {
    id: record.id,
    role: 'requester',
    ...endPart(journey),
    phase: journey.phase,
    createdAtMs: record.createdAt,
    updatedAtMs: record.history.at(-1)?.at ?? record.createdAt,
    taskHash: record.taskHash,
    requester,
    ...dealPart(dealOf(journey)),
    ...('auctionId' in journey && { auctionId: journey.auctionId }),
    budget: String(terms.maxPrice),
    paid: String(account.paid),
    refunded: String(account.refunded),
    ...receiptPart(delivery),
    maxFuel: String(terms.maxFuel),
    fuelUsed: String(delivery?.receipt.message.fuelUsed ?? workOf(journey)?.fuelUsed ?? 0n),
  }
}

const soldPhase = {
  signed: 'agreed',
  started: 'running',
  delivered: 'delivered',
  settled: 'settled',
  void: 'void',
  failed: 'failed',
} as const

/** A sold task, in the requester's words for its phases. */
export const soldTaskView = (record: DealRecord, account: Account): TaskView => {
  const { deal, journey } = record
  const delivery = 'delivery' in journey ? journey.delivery : null
  return {
    id: record.agreementHash,
    role: 'provider',
    ...endPart(journey),
    phase: soldPhase[journey.phase],
    createdAtMs: record.createdAt,
    updatedAtMs: record.history.at(-1)?.at ?? record.createdAt,
    taskHash: record.taskHash,
    requester: record.requester,
    ...dealPart(deal),
    budget: String(deal.auction.message.maxPrice),
    paid: String(account.paid),
    refunded: String(account.refunded),
    ...receiptPart(delivery),
    maxFuel: String(deal.agreement.message.maxFuel),
    fuelUsed: String(record.fuelUsed),
  }
}

const receiptView = (delivery: Delivery | null, provider: Address | null): ReceiptView | null => {
  const outcome = delivery && outcomeOf(delivery.receipt.message)
  if (!delivery || !provider || !outcome) return null
  const { message, signature } = delivery.receipt
  return {
    receiptHash: delivery.receiptHash,
    resultHash: message.resultHash,
    outcome,
    exitCode: message.exitCode,
    fuelUsed: String(message.fuelUsed),
    cost: String(message.cost),
    finishedAt: message.finishedAt,
    provider,
    signature,
  }
}

type StatusFacts = {
  deal: Deal | null
  delivery: Delivery | null
  reputationDelta: number
  channel: EconomicStatusView['channel']
}

/** What a task has cost whom, from its view and the records behind it. */
export const economicStatusView = (view: TaskView, facts: StatusFacts): EconomicStatusView => {
  const { deal, delivery } = facts
  return {
    taskId: view.id,
    phase: view.phase,
    code: view.code,
    paymentMethod: 'channel',
    amountPaid: view.paid,
    refunded: view.refunded,
    escrow: null,
    channel: facts.channel,
    budget: {
      maxPrice: view.budget,
      agreedPrice: view.price,
      prepaid: String(deal?.agreement.message.prepaid ?? 0n),
    },
    cost: view.cost,
    resources: deal && {
      fuel: view.fuelUsed,
      wallMs: delivery?.wallMs ?? null,
      memoryBytes: delivery?.peakRssBytes ?? null,
    },
    reputationDelta: facts.reputationDelta,
    parties: { requester: view.requester, provider: view.provider },
    receipt: receiptView(delivery, view.provider),
  }
}

/** The channel of a status, from the channel's own view. */
export const statusChannel = (
  channels: readonly { channelId: Hash; deposit: string; sent: string; reserved: string }[],
  deal: Deal | null,
): EconomicStatusView['channel'] => {
  const found = channels.find(({ channelId }) => channelId === deal?.agreement.message.channelId)
  if (!found) return null
  const { channelId, deposit, sent, reserved } = found
  return { channelId, deposit, sent, reserved }
}

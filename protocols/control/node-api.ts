import type { Address, Amount, Cid, Fuel, Hash } from '../common/index.ts'
import type { ChannelApi } from './channel-api.ts'
import type { StampedEvent } from './events.ts'
import type { TransactionView } from './transaction-view.ts'
import type {
  AuctionView,
  ChainStatusView,
  EconomicStatusView,
  EstimateView,
  HealthView,
  NetworkSightView,
  Outcome,
  PeerView,
  SelfView,
  TaskView,
  VerificationView,
} from './views.ts'

export type OrderSource = { cid: Cid } | { bytes: Uint8Array }

/**
 * A task to buy, parsed. Null stands for the node's default. The same `requestId` always names the same task: a repeated order
 * (after a crash, say) returns the task that the first one made and buys nothing.
 */
export type TaskOrder = {
  requestId: string
  module: OrderSource
  args: readonly string[]
  env: Readonly<Record<string, string>>
  stdin: OrderSource | null
  files: Readonly<Record<string, OrderSource>>
  outputs: readonly string[]
  limits: {
    fuel: Fuel | null
    memoryPages: number | null
    outputBytes: number | null
    wallMs: number | null
  }
  /** The most to pay, in atomic units. */
  budget: Amount
  bidWindowMs: number | null
  /** What the winner is paid, and how bids are made. */
  pricing: 'FIRST' | 'SECOND'
  bidding: 'OPEN' | 'SEALED' | 'DIRECT'
  deliverWithinSeconds: number | null
  sliceCount: number | null
  acceptance: 'auto' | 'manual'
  tags: { taskType: string; industry: string; region: string }
}

export type TaskResult = {
  outcome: Outcome
  exitCode: number
  stdout: Uint8Array
  stderr: Uint8Array
  files: ReadonlyMap<string, Uint8Array>
}

/** Where to go on in a list (null: from its start) and how many to give. */
export type PageRequest = { cursor: string | null; limit: number }
export type Page<T> = { items: readonly T[]; nextCursor: string | null }

/** The node's events, numbered from 1. */
export type EventLog = {
  /** Kept events with seq > `seq`, oldest first; a gap after `seq` means that older ones are gone. */
  since(seq: number): readonly StampedEvent[]
  /** Number of the last event, 0 before the first. */
  last(): number
  /** Calls back for each new event. Returns the unsubscriber. */
  subscribe(listener: (event: StampedEvent) => void): () => void
}

/**
 * What the control port asks of a node. An unknown id is Fault NOT_FOUND; an action that the phase does not allow is Fault
 * WRONG_PHASE; other faults keep the code of whoever threw them.
 */
export type NodeApi = ChannelApi & {
  agent: Address
  token: { address: Address; symbol: string; decimals: number }
  /** Resolves once the task is durable; the journey goes on by itself. */
  executeWithPayment(order: TaskOrder): Promise<TaskView>
  /** What an order will use and cost; buys nothing. */
  estimate(order: TaskOrder): Promise<EstimateView>
  task(id: string): Promise<TaskView>
  /** Newest first. */
  tasks(page: PageRequest): Promise<Page<TaskView>>
  economicStatus(id: string): Promise<EconomicStatusView>
  /** Accepts a delivered task that waits for its owner; harmless on an accepted one. */
  complete(id: string): Promise<TaskView>
  /** Ends a task that has not been delivered; what was not used is not paid. */
  cancel(id: string): Promise<TaskView>
  result(id: string): Promise<TaskResult>
  /** Runs the task of a receipt again, by the receipt's hash or its task's id, and compares; `running` asks to be asked again. */
  verifyReceipt(id: string): Promise<VerificationView>
  auctions(): Promise<readonly AuctionView[]>
  peers(): Promise<readonly PeerView[]>
  networkSight(): Promise<NetworkSightView>
  self(): Promise<SelfView>
  chainStatus(): Promise<ChainStatusView>
  /** Newest first; `subject`: a channel, an escrow or an agent, null for all. */
  transactions(query: PageRequest & { subject: string | null }): Promise<Page<TransactionView>>
  transaction(hash: Hash): Promise<TransactionView>
  putContent(bytes: Uint8Array): Promise<Cid>
  getContent(cid: Cid): Promise<Uint8Array>
  health(): Promise<HealthView>
  events: EventLog
}

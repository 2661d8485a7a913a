import { z } from 'zod'
import {
  AddressText,
  CidText,
  Decimal,
  HashText,
  TaskId,
  UnixMs,
  UnixSecondsNumber as UnixSeconds,
} from './text.ts'

// What the port shows. Every amount is in atomic units as a decimal string, and so is fuel.

/** The phases of a task's life, in order, then the ways it can end without a result. */
export const TASK_PHASES = [
  'created',
  'announced',
  'awarded',
  'agreed',
  'funded',
  'running',
  'delivered',
  'accepted',
  'settled',
  'unsold',
  'void',
  'failed',
  'cancelled',
] as const

export const TaskPhase = z.enum(TASK_PHASES)
export type TaskPhase = z.infer<typeof TaskPhase>

/** Whether money can no longer move for the task by itself. */
export const isOver = (phase: TaskPhase): boolean =>
  ['settled', 'unsold', 'void', 'failed', 'cancelled'].includes(phase)

/** How a program ended; the deterministic verdict of a receipt. */
export const Outcome = z.enum(['exit', 'trap', 'out-of-fuel', 'stack-overflow', 'output-limit'])
export type Outcome = z.infer<typeof Outcome>

export const TokenView = z.object({
  address: AddressText,
  symbol: z.string(),
  decimals: z.int().nonnegative(),
})
export type TokenView = z.infer<typeof TokenView>

/** One task, bought or sold. `code` and `message` say why it ended badly; `price` is the most it can cost once agreed. */
export const TaskView = z.object({
  id: TaskId,
  role: z.enum(['requester', 'provider']),
  phase: TaskPhase,
  code: z.string().nullable(),
  message: z.string().nullable(),
  createdAtMs: UnixMs,
  updatedAtMs: UnixMs,
  taskHash: HashText.nullable(),
  requester: AddressText,
  provider: AddressText.nullable(),
  auctionId: HashText.nullable(),
  agreementHash: HashText.nullable(),
  channelId: HashText.nullable(),
  budget: Decimal,
  price: Decimal.nullable(),
  paid: Decimal,
  refunded: Decimal,
  cost: Decimal.nullable(),
  maxFuel: Decimal,
  fuelUsed: Decimal,
  outcome: Outcome.nullable(),
  exitCode: z.int().nullable(),
  receiptHash: HashText.nullable(),
})
export type TaskView = z.infer<typeof TaskView>

export const ReceiptView = z.object({
  receiptHash: HashText,
  resultHash: HashText,
  outcome: Outcome,
  exitCode: z.int(),
  fuelUsed: Decimal,
  cost: Decimal,
  finishedAt: UnixSeconds,
  provider: AddressText,
  signature: z.string(),
})
export type ReceiptView = z.infer<typeof ReceiptView>

/** What a receipt says of a run, or a run of itself. */
export const AccountView = z.object({
  outcome: Outcome.nullable(),
  exitCode: z.int(),
  fuelUsed: Decimal,
  resultHash: HashText,
})
export type AccountView = z.infer<typeof AccountView>

/**
 * A receipt beside a run of its task on this machine: `same`, `different` in the fields named, `undecided` where this machine failed
 * (`code` and `detail` say why), or still `running`: ask again.
 */
export const VerificationView = z.object({
  taskId: TaskId,
  provider: AddressText,
  receiptHash: HashText,
  verdict: z.enum(['running', 'same', 'different', 'undecided']),
  claimed: AccountView,
  found: AccountView.nullable(),
  differences: z.array(z.enum(['outcome', 'exitCode', 'fuelUsed', 'resultHash'])),
  code: z.string().nullable(),
  detail: z.string().nullable(),
  wallMs: z.int().nonnegative().nullable(),
})
export type VerificationView = z.infer<typeof VerificationView>

/** What a task has cost whom. `escrow` is null for a task paid over a channel; `memoryBytes` is the peak of the provider's process. */
export const EconomicStatusView = z.object({
  taskId: TaskId,
  phase: TaskPhase,
  code: z.string().nullable(),
  paymentMethod: z.literal('channel'),
  amountPaid: Decimal,
  refunded: Decimal,
  escrow: z.null(),
  channel: z
    .object({ channelId: HashText, deposit: Decimal, sent: Decimal, reserved: Decimal })
    .nullable(),
  budget: z.object({ maxPrice: Decimal, agreedPrice: Decimal.nullable(), prepaid: Decimal }),
  cost: Decimal.nullable(),
  resources: z
    .object({
      fuel: Decimal,
      wallMs: z.int().nonnegative().nullable(),
      memoryBytes: z.int().nonnegative().nullable(),
    })
    .nullable(),
  reputationDelta: z.number(),
  parties: z.object({ requester: AddressText, provider: AddressText.nullable() }),
  receipt: ReceiptView.nullable(),
})
export type EconomicStatusView = z.infer<typeof EconomicStatusView>

/**
 * What a task will use and cost, before it is bought: fuel as `samples` receipts of its module have it, a dry run here, or its limit alone;
 * cost at the prices of bids seen lately, null where there were none. `fuelLimit` is the limit such an order gets; `outcome` how a dry run ended.
 */
export const EstimateView = z.object({
  from: z.enum(['receipts', 'dry-run', 'limit']),
  samples: z.int().nonnegative(),
  fuel: z.object({ low: Decimal, likely: Decimal, high: Decimal }),
  fuelLimit: Decimal,
  cost: z.object({ low: Decimal, likely: Decimal, high: Decimal }).nullable(),
  budget: Decimal,
  isLikelyWithinBudget: z.boolean().nullable(),
  outcome: Outcome.nullable(),
})
export type EstimateView = z.infer<typeof EstimateView>

export const BidView = z.object({
  bidHash: HashText,
  provider: AddressText,
  basePrice: Decimal,
  pricePerMfuel: Decimal,
  price: Decimal,
  etaMs: z.int().nonnegative(),
})
export type BidView = z.infer<typeof BidView>

/** One auction seen on the network; bids are best first once it is closed. */
export const AuctionView = z.object({
  auctionId: HashText,
  isOwn: z.boolean(),
  phase: z.enum(['open', 'closed', 'awarded', 'unsold', 'cancelled']),
  requester: AddressText,
  taskHash: HashText,
  maxPrice: Decimal,
  maxFuel: Decimal,
  closesAt: UnixSeconds,
  deliverBy: UnixSeconds,
  bids: z.array(BidView),
  winner: AddressText.nullable(),
})
export type AuctionView = z.infer<typeof AuctionView>

export const PeerView = z.object({
  peerId: z.string(),
  agent: AddressText.nullable(),
  addresses: z.array(z.string()),
})
export type PeerView = z.infer<typeof PeerView>

/** How this node stands in the network: what others see of it, what is wrong, and what to do about it. */
export const NetworkSightView = z.object({
  reachability: z.enum(['open', 'relayed', 'closed', 'local', 'unknown']),
  peerId: z.string(),
  listening: z.array(z.string()),
  announced: z.array(z.string()),
  observed: z.array(z.object({ address: z.string(), isVerified: z.boolean() })),
  relays: z.array(z.string()),
  peers: z.number(),
  dhtPeers: z.number(),
  bootstrap: z.array(
    z.object({ address: z.string(), isConnected: z.boolean(), fault: z.string().nullable() }),
  ),
  problems: z.array(z.object({ code: z.string(), message: z.string(), fix: z.string() })),
})
export type NetworkSightView = z.infer<typeof NetworkSightView>

/** This node. `did` and `peerDid` are the did:key of its agent key and of its peer key. `offer` is what it sells computation for, null when it only buys. */
export const SelfView = z.object({
  agent: AddressText,
  did: z.string(),
  peerDid: z.string(),
  peerId: z.string(),
  addresses: z.array(z.string()),
  version: z.string(),
  network: z.string(),
  chainId: z.int(),
  token: TokenView,
  engineHash: HashText,
  startedAtMs: UnixMs,
  offer: z.object({ basePrice: Decimal, pricePerMfuel: Decimal }).nullable(),
})
export type SelfView = z.infer<typeof SelfView>

/** One call on its way to the chain. `hashes`: every transaction signed for it, newest last; `reason`: why it failed or waits. */
export const OutboxView = z.object({
  key: z.string(),
  call: z.string(),
  status: z.string(),
  hash: HashText.nullable(),
  hashes: z.array(HashText),
  reason: z.string(),
  createdAt: UnixSeconds,
  deadline: UnixSeconds.nullable(),
})
export type OutboxView = z.infer<typeof OutboxView>

/**
 * The chain as the node sees it. While it is not reachable (`since` then) the node watches: transactions wait, work over open channels
 * goes on. `reserve.least`: native coin below which no money is locked up. Fees in wei per unit of gas.
 */
export const ChainStatusView = z.object({
  chainId: z.int(),
  network: z.string(),
  isLocal: z.boolean(),
  isReachable: z.boolean(),
  since: UnixSeconds,
  block: z.int().nonnegative(),
  contracts: z.object({ paymentChannel: AddressText, disputeArbiter: AddressText }),
  token: TokenView,
  balances: z.object({ native: Decimal, token: Decimal }),
  reserve: z.object({ isLow: z.boolean(), least: Decimal }),
  fees: z.object({ base: Decimal, tip: Decimal, usualBase: Decimal }).nullable(),
  outbox: z.array(OutboxView),
})
export type ChainStatusView = z.infer<typeof ChainStatusView>

/** Whether the node can work: each part by name. */
export const HealthView = z.object({
  isReady: z.boolean(),
  checks: z.record(z.string(), z.object({ isOk: z.boolean(), detail: z.string() })),
})
export type HealthView = z.infer<typeof HealthView>

/** Output bytes travel as base64. */
export const ResultView = z.object({
  taskId: TaskId,
  outcome: Outcome,
  exitCode: z.int(),
  stdout: z.base64(),
  stderr: z.base64(),
  files: z.record(z.string(), z.base64()),
})
export type ResultView = z.infer<typeof ResultView>

export const ContentView = z.object({ cid: CidText, size: z.int().nonnegative() })
export type ContentView = z.infer<typeof ContentView>

export const ChannelActionView = z.object({ channelId: HashText, phase: z.string() })
export type ChannelActionView = z.infer<typeof ChannelActionView>

import type { Address, Hash, PeerId } from '../common/index.ts'

/** An amount in atomic units, or fuel, as a decimal string: events travel as JSON. */
type Decimal = string

/** Everything the node tells about while it works. JSON-safe. */
export type NodeEvent =
  | {
      type: 'task.phase'
      taskId: string
      role: 'requester' | 'provider'
      phase: string
      code?: string
      message?: string
    }
  | {
      type: 'task.progress'
      taskId: string
      role: 'requester' | 'provider'
      slice: number
      fuelUsed: Decimal
      paid: Decimal
    }
  /** A piece of what the program writes, where in its stream, in base64: told once, not kept. */
  | {
      type: 'task.output'
      taskId: string
      role: 'requester' | 'provider'
      stream: 'stdout' | 'stderr'
      offset: number
      bytes: string
    }
  | {
      type: 'task.receipt'
      taskId: string
      role: 'requester' | 'provider'
      outcome: string
      exitCode: number
      fuelUsed: Decimal
      cost: Decimal
      receiptHash: Hash
    }
  | {
      type: 'auction.opened' | 'auction.seen'
      auctionId: Hash
      requester: Address
      maxPrice: Decimal
      closesAt: number
    }
  | {
      type: 'bid.placed' | 'bid.received'
      auctionId: Hash
      bidHash: Hash
      provider: Address
      price: Decimal
      etaMs: number
    }
  | { type: 'bid.declined'; auctionId: Hash; code: string }
  | { type: 'bid.unopened'; auctionId: Hash; provider: Address }
  | { type: 'auction.audited'; auctionId: Hash; requester: Address; fault: string | null }
  | { type: 'complaint.heard'; agreementHash: Hash; by: Address; reason: number }
  | {
      type: 'auction.awarded'
      auctionId: Hash
      provider: Address | null
      price: Decimal
      bids: number
    }
  | {
      type: 'channel.phase'
      channelId: Hash
      peer: Address
      role: 'payer' | 'payee'
      phase: string
      deposit: Decimal
    }
  | {
      type: 'channel.paid'
      channelId: Hash
      peer: Address
      role: 'payer' | 'payee'
      agreementHash: Hash
      amount: Decimal
      sent: Decimal
    }
  | {
      type: 'channel.refunded'
      channelId: Hash
      peer: Address
      role: 'payer' | 'payee'
      agreementHash: Hash
      amount: Decimal
    }
  | { type: 'channel.frozen'; channelId: Hash; peer: Address; code: string }
  | { type: 'chain.transaction'; key: string; call: string; hash: Hash | null; status: string }
  /** Whether the chain answers; while it does not, transactions wait and work over open channels goes on. `since` in Unix seconds. */
  | { type: 'chain.reach'; isReachable: boolean; since: number }
  /** The account's native coin fell below what is kept to answer with, or rose above it. In wei. */
  | { type: 'chain.reserve'; isLow: boolean; native: Decimal; reserve: Decimal }
  | { type: 'peer.connected' | 'peer.disconnected'; agent: Address; peerId: PeerId }

/** How a module reports what happened; the node numbers and keeps the last ones. */
export type Emit = (event: NodeEvent) => void

/** An event as the port serves it: `seq` grows by one, `at` is Unix milliseconds. */
export type StampedEvent = NodeEvent & { seq: number; at: number }

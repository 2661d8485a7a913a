import type { Address, Amount, Cid, Fuel, Hash, Signed } from '../../protocols/common/index.ts'
import type { ResultManifest } from '../../protocols/execution/index.ts'
import type { RankedBid } from '../../protocols/market/index.ts'
import type { TaskPhase } from '../../protocols/orchestration/index.ts'
import type { ScoreChange } from '../../protocols/reputation/index.ts'
import type { RecordKind } from '../ports/index.ts'

/** What the requester asked for, fixed for the task's life. */
export type TaskTerms = {
  maxPrice: Amount
  maxFuel: Fuel
  wallMs: number
  bidWindowMs: number
  deliverWithinSeconds: number
  slices: number
  acceptance: 'auto' | 'manual'
  tagsHash: Hash
  /** One of PRICING and one of BIDDING; first price and open where nothing is said. */
  pricing?: number
  bidding?: number
}

/** Everything both sides signed or are about to sign about one sale. */
export type Deal = {
  auctionId: Hash
  agreementHash: Hash
  auction: Signed<'Auction'>
  bid: Signed<'Bid'>
  award: Signed<'Award'>
  agreement: Signed<'Agreement'>
  provider: Address
}

/** How far a running task got. */
export type Work = { slice: number; fuelUsed: Fuel; paid: Amount }

export type Delivery = {
  receipt: Signed<'Receipt'>
  receiptHash: Hash
  result: ResultManifest
  wallMs: number
  peakRssBytes: number
}

export type TaskEnd = { code: string; message: string }

export type Journey =
  | { phase: 'created' }
  | { phase: 'announced'; auction: Signed<'Auction'>; auctionId: Hash }
  /** `counters`: how often the winner asked for other terms. */
  | { phase: 'awarded'; deal: Deal; others: readonly RankedBid[]; counters?: number }
  | { phase: 'agreed'; deal: Deal }
  | { phase: 'funded'; deal: Deal }
  | { phase: 'running'; deal: Deal; work: Work }
  | { phase: 'delivered'; deal: Deal; work: Work; delivery: Delivery; approved: boolean }
  | {
      phase: 'accepted'
      deal: Deal
      work: Work
      delivery: Delivery
      acceptance: Signed<'Acceptance'>
    }
  | {
      phase: 'settled'
      deal: Deal
      work: Work
      delivery: Delivery
      acceptance: Signed<'Acceptance'>
      scoreChange: ScoreChange
    }
  | { phase: 'unsold' | 'cancelled'; end: TaskEnd }
  | { phase: 'void'; deal: Deal; end: TaskEnd }
  | {
      phase: 'failed'
      deal: Deal | null
      work: Work | null
      delivery: Delivery | null
      end: TaskEnd
      scoreChange: ScoreChange
    }

/** One step of a task's history. */
export type Step = { phase: TaskPhase; at: number }

/** A task as its requester remembers it. Times are Unix milliseconds. */
export type TaskRecord = {
  id: string
  createdAt: number
  taskHash: Hash
  /** The task's program; records of older versions do not have it. */
  module?: Cid
  terms: TaskTerms
  journey: Journey
  history: readonly Step[]
}

/** A task in one phase of its journey. */
export type TaskAt<Phase extends Journey['phase']> = TaskRecord & {
  journey: Extract<Journey, { phase: Phase }>
}

export const taskKind: RecordKind<TaskRecord> = { name: 'bought-tasks', version: 1 }

/** The deal of a journey, once there is one. */
export const dealOf = (journey: Journey): Deal | null => ('deal' in journey ? journey.deal : null)

/** What the requester paid so far, by its own records. */
export const workOf = (journey: Journey): Work | null => ('work' in journey ? journey.work : null)

/** What was delivered, once something was. */
export const deliveryOf = (journey: Journey): Delivery | null =>
  'delivery' in journey ? journey.delivery : null

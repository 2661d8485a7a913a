import type { Address, Fuel, Hash, Signature, Signed } from '../../protocols/common/index.ts'
import type { DealPhase } from '../../protocols/orchestration/index.ts'
import type { RecordKind } from '../ports/index.ts'
import type { Deal, Delivery, TaskEnd } from './task-record.ts'

export type DealJourney =
  | { phase: 'signed' }
  | { phase: 'started' }
  | { phase: 'delivered'; delivery: Delivery }
  | { phase: 'settled'; delivery: Delivery; acceptance: Signed<'Acceptance'> | null }
  | { phase: 'void'; end: TaskEnd }
  | { phase: 'failed'; end: TaskEnd; delivery: Delivery | null }

/** A deal as its provider remembers it, named by its agreement hash. Times are Unix milliseconds. */
export type DealRecord = {
  agreementHash: Hash
  createdAt: number
  taskHash: Hash
  requester: Address
  deal: Deal
  providerSignature: Signature
  fuelUsed: Fuel
  journey: DealJourney
  history: readonly { phase: DealPhase; at: number }[]
}

export const dealKind: RecordKind<DealRecord> = { name: 'sold-tasks', version: 1 }

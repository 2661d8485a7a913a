// The agent's transactions: durable intent, hash and outcome, one at a time. Leaves what is worth sending to others.
export {
  createSettlement,
  type Settlement,
  type SettlementDeps,
  type SettlementOptions,
  type SettlementStatus,
} from './create-settlement.ts'
export type { SettlementFault } from './faults.ts'
export type { OutboxView } from './outbox.ts'
export type { Submitted } from './waiters.ts'

// The agent's transactions: durable intent, hashes and outcome, at a price that fits their haste; and a record of each. Leaves what is
// worth sending to others.
export type { Subject } from './calls.ts'
export {
  createSettlement,
  type Settlement,
  type SettlementDeps,
  type SettlementOptions,
  type SettlementStatus,
} from './create-settlement.ts'
export type { SettlementFault } from './faults.ts'
export type { OutboxView } from './outbox.ts'
export type { ReserveView } from './reserve.ts'
export type { TransactionPage, TransactionQuery } from './transaction-book.ts'
export { type Effect, effectOf, type TransactionRecord } from './transaction-record.ts'
export type { Submitted } from './waiters.ts'

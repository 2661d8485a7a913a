import type { Agreement, Fuel, Hash, Progress, Receipt } from '../common/index.ts'
import { type OutcomeKind, RECEIPT_OUTCOME } from './constants.ts'
import type { WorkFault } from './faults.ts'
import { costOf } from './price.ts'
import { dueAfterSlice } from './slices.ts'

export type WorkContext = { agreement: Agreement; agreementHash: Hash }

/** What is wrong with a provider's note about a slice, given the last one before it; null when `paid` is now due. */
export const checkProgress = (
  progress: Progress,
  { agreement, agreementHash, last }: WorkContext & { last: { slice: number; fuelUsed: Fuel } },
): WorkFault | null => {
  if (progress.agreementHash !== agreementHash) return 'AGREEMENT_MISMATCH'
  if (progress.slice !== last.slice + 1) return 'SLICE_OUT_OF_ORDER'
  // One large step can end several slices at the same fuel, and none ends before its fuel is used.
  if (progress.fuelUsed < last.fuelUsed) return 'SLICE_OUT_OF_ORDER'
  if (progress.fuelUsed < BigInt(progress.slice) * agreement.sliceFuel) return 'SLICE_OUT_OF_ORDER'
  if (progress.fuelUsed > agreement.maxFuel) return 'FUEL_ABOVE_LIMIT'
  if (progress.paid !== dueAfterSlice({ agreement, fuelUsed: progress.fuelUsed })) {
    return 'DUE_MISMATCH'
  }
  return null
}

const outcomes = new Map<number, OutcomeKind>(
  (Object.keys(RECEIPT_OUTCOME) as OutcomeKind[]).map((kind) => [RECEIPT_OUTCOME[kind], kind]),
)

/** The name of a receipt's outcome; null for a number that stands for none. */
export const outcomeOf = ({ outcome }: Pick<Receipt, 'outcome'>): OutcomeKind | null =>
  outcomes.get(outcome) ?? null

/** What is wrong with a receipt; null when its cost is owed for a result with its resultHash. */
export const checkReceipt = (
  receipt: Receipt,
  { agreement, agreementHash }: WorkContext,
): WorkFault | null => {
  if (receipt.agreementHash !== agreementHash) return 'AGREEMENT_MISMATCH'
  if (outcomeOf(receipt) === null) return 'OUTCOME_UNKNOWN'
  if (receipt.fuelUsed > agreement.maxFuel) return 'FUEL_ABOVE_LIMIT'
  if (receipt.cost !== costOf(agreement, receipt.fuelUsed)) return 'COST_MISMATCH'
  if (receipt.finishedAt > agreement.deliverBy) return 'FINISHED_TOO_LATE'
  return null
}

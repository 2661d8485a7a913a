import type { UnixSeconds } from '../common/index.ts'
import type { Submission } from './submission.ts'
import { type CallTiming, mostUrgent, type Urgency, urgencyAt } from './urgency.ts'

/** A call that is not finished. `order` grows by one per call. */
export type InLane = { order: number; timing: CallTiming; submission: Submission }

const RANK: Record<Urgency, number> = { urgent: 0, normal: 1, thrifty: 2 }

const nonceOf = ({ submission }: InLane): number =>
  'versions' in submission ? (submission.versions[0]?.nonce ?? 0) : Number.POSITIVE_INFINITY

const isUnmined = ({ submission }: InLane): boolean =>
  submission.phase !== 'intended' && submission.phase !== 'mined'

const byHaste =
  (now: UnixSeconds) =>
  (a: InLane, b: InLane): number => {
    const rank = RANK[urgencyAt(a.timing, now)] - RANK[urgencyAt(b.timing, now)]
    if (rank !== 0) return rank
    const [first, second] = [a.timing.deadline, b.timing.deadline].map(
      (deadline) => deadline ?? Number.MAX_SAFE_INTEGER,
    ) as [number, number]
    return first - second || a.order - b.order
  }

/**
 * Whose turn it is: what may already have left holds its nonce and goes first, lowest nonce before all; then the most urgent, then the
 * nearest deadline, then the oldest. What is mined holds up nobody.
 */
export const nextInLane = <Call extends InLane>(
  calls: readonly Call[],
  now: UnixSeconds,
): Call | null => {
  const [sent] = calls.filter(isUnmined).sort((a, b) => nonceOf(a) - nonceOf(b))
  if (sent !== undefined) return sent
  const [next] = calls
    .filter(({ submission }) => submission.phase === 'intended')
    .sort(byHaste(now))
  return next ?? null
}

/** How urgent the call at the head of the lane is: as urgent as the most urgent one that waits behind it. */
export const urgencyInLane = (calls: readonly InLane[], now: UnixSeconds): Urgency =>
  mostUrgent(
    calls
      .filter(({ submission }) => submission.phase !== 'mined')
      .map(({ timing }) => urgencyAt(timing, now)),
  )

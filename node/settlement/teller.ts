import type { Emit } from '../../protocols/control/index.ts'
import { type Submission, versionsOf } from '../../protocols/settlement/index.ts'
import type { Log } from '../ports/index.ts'
import { hashOf, type OutboxEntry } from './outbox.ts'

type Told = Pick<OutboxEntry, 'key'> & { hash: ReturnType<typeof hashOf>; submission: Submission }

const logStatus = (log: Log, { key, hash, submission }: Told): void => {
  const { phase } = submission
  if (phase === 'stuck') log.warn({ key, hash }, 'transaction stuck')
  if (phase === 'reverted') log.warn({ key, hash, reason: submission.reason }, 'call refused')
  if (phase === 'done') log.info({ key, hash }, 'transaction confirmed')
  if (phase === 'unknown') log.warn({ key, hash }, 'transaction not known to the chain')
}

// What is too deep to be undone is remembered with less; nobody need hear of it.
const isOnlyTrimmed = (before: Submission, after: Submission): boolean =>
  before.phase === 'done' && after.phase === 'done' && after.block === before.block

/** Tells of every change of a call: as an event for everyone, in the log for its operator. */
export const createTeller =
  ({ emit, log }: { emit: Emit; log: Log }) =>
  ({ key, call, submission }: OutboxEntry, before: Submission): void => {
    if (isOnlyTrimmed(before, submission)) return
    const hash = hashOf(submission)
    emit({ type: 'chain.transaction', key, call: call.type, hash, status: submission.phase })
    if (before.phase === 'done') log.warn({ key, hash }, 'transaction undone by a reorganisation')
    else logStatus(log, { key, hash, submission })
    if (versionsOf(submission).length > Math.max(1, versionsOf(before).length)) {
      log.info({ key, hash }, 'transaction offered at a higher fee')
    }
  }

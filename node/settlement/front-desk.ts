import { isFinished, mostUrgent, type Submission } from '../../protocols/settlement/index.ts'
import type { CallTerms, ChainCall, Clock } from '../ports/index.ts'
import type { Lane } from './lane.ts'
import type { Outbox, OutboxEntry } from './outbox.ts'
import type { Runner } from './runner.ts'
import { createWaiters, type Submitted } from './waiters.ts'

export type FrontDeskDeps = { clock: Clock; outbox: Outbox; lane: Lane; runner: Runner }

// A call that never left may be tried again; every other end is for good.
const isForGood = (submission: Submission): boolean =>
  isFinished(submission) && !(submission.phase === 'reverted' && submission.hash === null)

const earlier = (a: number | null, b: number | null): number | null => {
  if (a === null || b === null) return a ?? b
  return Math.min(a, b)
}

/** The entry with as much haste as it has or is asked for now. */
const hastened = (entry: OutboxEntry, terms: CallTerms): OutboxEntry => {
  const { urgency, deadline, createdAt } = entry.timing
  const timing = {
    urgency: mostUrgent([urgency, terms.urgency ?? 'thrifty']),
    deadline: earlier(deadline, terms.deadline ?? null),
    createdAt,
  }
  const isSame = timing.urgency === urgency && timing.deadline === deadline
  return isSame ? entry : { ...entry, timing }
}

/** Takes calls in, each key once, and answers whoever asked. `onFault`: what could not be kept. */
export const createFrontDesk = (
  { clock, outbox, lane, runner }: FrontDeskDeps,
  onFault: (error: unknown) => void,
) => {
  const waiters = createWaiters()

  const underWay = (key: string): OutboxEntry | undefined => {
    const entry = lane.get(key)
    return entry && !isFinished(entry.submission) ? entry : undefined
  }

  const enqueue = async (key: string, call: ChainCall, terms: CallTerms): Promise<void> => {
    const known = await outbox.get(key)
    // The call may have come to its end meanwhile, and then its waiter is gone.
    if (!waiters.has(key) || underWay(key)) return
    if (known !== undefined && isForGood(known.submission)) {
      waiters.answer(key, known.submission)
      return
    }
    const entry = outbox.create(key, call, { createdAt: clock.now(), terms })
    lane.push(await runner.save(entry))
  }

  return {
    submit: (key: string, call: ChainCall, terms: CallTerms): Promise<Submitted> => {
      const entry = underWay(key)
      const now = entry && hastened(entry, terms)
      if (now && now !== entry) lane.push(now)
      const { promise, isNew } = waiters.wait(key)
      if (isNew) enqueue(key, call, terms).catch(onFault)
      return promise
    },
    answer: ({ key, submission }: OutboxEntry): void => waiters.answer(key, submission),
    rejectAll: waiters.rejectAll,
  }
}

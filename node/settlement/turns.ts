import {
  firstStep,
  isFinished,
  nextInLane,
  urgencyAt,
  urgencyInLane,
} from '../../protocols/settlement/index.ts'
import type { Clock } from '../ports/index.ts'
import { createEntrance, type EntranceDeps } from './entrance.ts'
import type { OutboxEntry } from './outbox.ts'
import type { Haste, Stretch } from './runner.ts'

export type TurnDeps = EntranceDeps & { clock: Clock }

/** `pauseMs`: how long a call is left alone that is too dear now, or that the chain would not judge. */
export type TurnOptions = { pauseMs: number }

/** Whether something else may be done at once, or a poll must be waited for. */
export type Deed = 'moved' | 'waits'

const LOOKING: Haste = { urgency: 'normal', nonceAtLeast: 0 }

/** What is done with the calls, one stretch of one call at a time. */
export const createTurns = (deps: TurnDeps, { pauseMs }: TurnOptions) => {
  const { clock, reach, runner, state } = deps
  const entrance = createEntrance(deps)

  const take = async ({ entry, end: how }: Stretch): Promise<Deed> => {
    if (how === 'finished') await entrance.end(entry)
    else state.keep(entry)
    if (how === 'finished' || how === 'mined') return 'moved'
    // After an absence of the chain it is the same call's turn again.
    if (how === 'unanswered' && (await reach.awaitReturn())) return 'moved'
    if (entry.submission.phase !== 'intended') return 'waits'
    state.pause(entry.key, pauseMs)
    return 'moved'
  }

  const follow = async (entry: OutboxEntry): Promise<Deed> => {
    const now = clock.now()
    const isSent = entry.submission.phase !== 'intended'
    // What is on its way is as urgent as whatever waits behind it.
    const urgency = isSent ? urgencyInLane(state.unfinished(), now) : urgencyAt(entry.timing, now)
    const haste = { urgency, nonceAtLeast: state.nonceAtLeast() }
    return take(await runner.follow(entry, firstStep(entry.submission), haste))
  }

  return {
    /** One step forward for the call whose turn it is. */
    advance: async (): Promise<Deed> => {
      const ready = state
        .unfinished()
        .filter((entry) => !state.isPaused(entry) && !entrance.isWaiting(entry))
      const entry = nextInLane(ready, clock.now())
      if (entry === null) return 'waits'
      return (await entrance.isHeldUp(entry)) ? 'moved' : follow(entry)
    },
    /** Looks at what is mined and not confirmed. */
    confirm: async (): Promise<void> => {
      const mined = state.unfinished().filter(({ submission }) => submission.phase === 'mined')
      for (const entry of mined) await take(await runner.follow(entry, 'look', LOOKING))
    },
    /** Looks at what is done and could still be taken back; whether anything was. */
    recheck: async (): Promise<boolean> => {
      const done = state.all().filter(({ submission }) => submission.phase === 'done')
      let isUndone = false
      for (const entry of done) {
        const seen = await runner.follow(entry, 'look', LOOKING)
        state.keep(seen.entry)
        isUndone ||= !isFinished(seen.entry.submission)
      }
      return isUndone
    },
  }
}

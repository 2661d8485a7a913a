import { createLaneState } from './lane-state.ts'
import type { OutboxEntry } from './outbox.ts'
import { createTurns, type TurnDeps, type TurnOptions } from './turns.ts'

export type LaneDeps = Omit<TurnDeps, 'state'>

/** `pollMs`: between two looks at what is on its way. */
export type LaneOptions = TurnOptions & { pollMs: number }

/**
 * Every call that is not final. One transaction at a time waits to be mined, so that each is simulated on what the ones before it have
 * done; those that are mined are followed until no reorganisation can take them back.
 */
export const createLane = (deps: LaneDeps, options: LaneOptions, signal: AbortSignal) => {
  const { clock } = deps
  const state = createLaneState(clock)
  const turns = createTurns({ ...deps, state }, options)
  let wake = Promise.withResolvers<void>()

  const rest = async (): Promise<void> => {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const poll = clock.wait(options.pollMs, { signal: either }).catch(() => undefined)
    await Promise.race(state.unfinished().length > 0 ? [wake.promise, poll] : [wake.promise])
    over.abort()
    wake = Promise.withResolvers<void>()
  }

  return {
    /** Works until stopped. */
    work: async (): Promise<void> => {
      while (!signal.aborted) {
        if ((await turns.advance()) === 'moved') continue
        await rest()
        if (!signal.aborted) await turns.confirm()
      }
    },
    recheck: async (): Promise<void> => {
      if (await turns.recheck()) wake.resolve()
    },
    size: (): number => state.unfinished().length,
    get: state.get,
    wake: (): void => wake.resolve(),
    push: (...entries: readonly OutboxEntry[]): void => {
      for (const entry of entries) state.add(entry)
      wake.resolve()
    },
  }
}

export type Lane = ReturnType<typeof createLane>

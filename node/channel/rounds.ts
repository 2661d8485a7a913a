import { faultCode } from '../../protocols/common/index.ts'
import type { ChainEvent, RecordKind } from '../ports/index.ts'
import type { Desk } from './desk.ts'

const cursorKind: RecordKind<{ block: number }> = { name: 'channel-cursor', version: 1 }
const CURSOR = 'block'

/** Follows the chain from where an earlier run stopped. Returns the unsubscriber. */
export const followChain = async (
  { deps }: Desk,
  hear: (event: ChainEvent) => Promise<void>,
): Promise<() => void> => {
  const { store, chain, log } = deps
  const cursor = store.collection(cursorKind)
  const known = (await cursor.get(CURSOR))?.block
  const from = known ?? (await chain.head()).block
  if (known === undefined) await store.commit([cursor.put(CURSOR, { block: from })])
  // One after another: what is remembered as heard must have been heard.
  let heard = Promise.resolve()
  return chain.watch(from, (event) => {
    heard = heard
      .then(() => hear(event))
      .then(() => store.commit([cursor.put(CURSOR, { block: event.block })]))
      .catch((error: unknown) => {
        log.warn({ code: faultCode(error), err: error }, 'chain event not taken in')
      })
  })
}

type Look = () => Promise<void>

/** Looks that are taken again and again until the keeper stops; one that is still under way is not taken twice. */
export type Round = { everyMs: number; looks: readonly Look[] }

const walk = async ({ deps, stopping, background }: Desk, { everyMs, looks }: Round) => {
  const underWay = new Set<Look>()
  const take = async (look: Look): Promise<void> => {
    underWay.add(look)
    try {
      await look()
    } catch (error) {
      deps.log.debug({ code: faultCode(error) }, 'will be looked at again')
    } finally {
      underWay.delete(look)
    }
  }
  for (;;) {
    await deps.clock.wait(everyMs, { signal: stopping })
    for (const look of looks) {
      if (!underWay.has(look)) background('look', () => take(look))
    }
  }
}

export const startRounds = (desk: Desk, rounds: readonly Round[]): void => {
  for (const round of rounds) desk.background('round', () => walk(desk, round))
}

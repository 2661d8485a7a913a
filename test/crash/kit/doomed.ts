import type { Chain, Clock, Store, Talk } from '../../../node/ports/index.ts'
import { type Life, mortalClock, never } from '../../builders/mortal.ts'
import { cutUnsynced, furthest, type Lengths, lengthsOf } from './cut-disk.ts'
import {
  createWriteNames,
  type Fate,
  type Names,
  nameOfAnswer,
  nameOfAsk,
  nameOfCall,
  nameOfLook,
} from './points.ts'

export type Doom = { life: Life; fate: Fate }

/** Lets an act happen unless its process is over, and ends the process where its fate says so. */
const createGate =
  ({ life, fate }: Doom) =>
  async <T>(names: Names, act: () => Promise<T>): Promise<T> => {
    if (life.isOver()) return never()
    if (fate(names, 'before')) life.kill()
    if (life.isOver()) return never()
    const done = act()
    await done.catch(() => {})
    if (life.isOver()) return never()
    if (fate(names, 'after')) life.kill()
    return life.isOver() ? never() : done
  }

export type DoomedStore = {
  store: Store
  /** Takes back what was written and not synced when the process died. The real store must be stopped. */
  settleDisk(): Promise<void>
}

// How much of a torn write reaches the disk: nothing, some of it, almost all.
const TORN = [0, 0.3, 0.9]

/** A store on disk whose every commit is a point at which its process may die. */
export const doomStore = async (
  real: Store,
  { doom, folder }: { doom: Doom; folder: string },
): Promise<DoomedStore> => {
  const { life, fate } = doom
  const gate = createGate(doom)
  const nameWrites = createWriteNames()
  let synced: Lengths = await lengthsOf(folder)
  let torn = 0
  let isLost = false
  const commit: Store['commit'] = async (writes) => {
    const names = nameWrites(writes)
    return gate(names, async () => {
      await real.commit(writes)
      if (life.isOver()) return
      if (fate(names, 'lost')) {
        isLost = true
        torn += names.join().length
        life.kill()
        return
      }
      const now = await lengthsOf(folder)
      synced = furthest(synced, now)
    })
  }
  return {
    store: { ...real, commit },
    settleDisk: async () => {
      if (isLost) await cutUnsynced(folder, synced, TORN[torn % TORN.length] ?? 0)
    },
  }
}

/** Every question and every answer is such a point. */
export const doomTalk = (talk: Talk, doom: Doom): Talk => {
  const gate = createGate(doom)
  const unlessOver =
    <Args extends unknown[]>(listener: (...args: Args) => void) =>
    (...args: Args) => {
      if (!doom.life.isOver()) listener(...args)
    }
  return {
    request: (agent, request, options) =>
      gate([nameOfAsk(request.type)], () => talk.request(agent, request, options)),
    serve: (protocol, type, handler) =>
      talk.serve(protocol, type, (body, from) =>
        gate([nameOfAnswer(type)], () => handler(body, from)),
      ),
    onConnected: (listener) => talk.onConnected(unlessOver(listener)),
    onDisconnected: (listener) => talk.onDisconnected(unlessOver(listener)),
  }
}

/** Every look at the chain and every step of a transaction is such a point. */
export const doomChain = (chain: Chain, doom: Doom): Chain => {
  const gate = createGate(doom)
  const doomed: Record<string, unknown> = { ...chain }
  for (const [method, act] of Object.entries(chain)) {
    if (typeof act !== 'function' || ['start', 'stop', 'watch'].includes(method)) continue
    doomed[method] = (...args: [unknown]) => {
      const call = method === 'prepare' ? nameOfCall((args[0] as { type: string }).type) : []
      const names = [nameOfLook(method), ...[call].flat()]
      return gate(names, () => (act as (...given: unknown[]) => Promise<unknown>)(...args))
    }
  }
  const watch: Chain['watch'] = (from, ...listeners) => {
    if (doom.fate([nameOfLook('watch')], 'after')) doom.life.kill()
    const alive = listeners.map((listener) => (news: never) => {
      if (!doom.life.isOver()) listener?.(news)
    })
    return chain.watch(from, ...(alive as unknown as typeof listeners))
  }
  return { ...(doomed as Chain), watch }
}

export const doomClock = (clock: Clock, { life }: Doom): Clock => mortalClock(clock, life)

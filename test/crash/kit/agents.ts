import { join } from 'node:path'
import { openLevelStore } from '../../../node/adapters/store/index.ts'
import type { ChannelKeeper } from '../../../node/channel/index.ts'
import type { Clock, Store } from '../../../node/ports/index.ts'
import type { Settlement } from '../../../node/settlement/index.ts'
import type { Address } from '../../../protocols/common/index.ts'
import { createLife, type Life, timedTalk } from '../../builders/mortal.ts'
import { createSeededChance } from '../../fakes/chance.ts'
import { silentLog } from '../../fakes/log.ts'
import type { MemoryChain } from '../../fakes/memory-chain.ts'
import type { MemoryNetwork } from '../../fakes/memory-network.ts'
import { createTestSigner } from '../../fakes/signer.ts'
import { createBody } from './body.ts'
import { type Doom, doomChain, doomClock, doomStore, doomTalk } from './doomed.ts'
import type { Fate } from './points.ts'

export type Surroundings = {
  clock: Clock
  chain: MemoryChain
  network: MemoryNetwork
  folder: string
}

/** One run of an agent: keeper and settlement on a real database, every act of theirs a point at which it may end. */
export type Living = {
  life: Life
  keeper: ChannelKeeper
  settlement: Settlement
  /** Rejects when the process is over before. */
  unlessDead<T>(work: Promise<T>): Promise<T>
  /** Ends it well. */
  stop(): Promise<void>
  /** Closes the database as the death of the process left it. */
  bury(): Promise<void>
}

export class Died extends Error {}

/** So long that no slow machine misses it: tests jump over it. */
export const WINDOW_SECONDS = 86_400

const roleOf = (name: string) => ({
  towers: name === 'payee' ? [createTestSigner('tower').address] : [],
  isTower: name === 'tower',
})

type Cast = { name: string; number: number; fate: Fate; wrapStore?: (store: Store) => Store }

const assemble = async (
  around: Surroundings,
  { name, number }: Cast,
  { doom, store }: { doom: Doom; store: Store },
) => {
  const signer = createTestSigner(name)
  const clock = doomClock(around.clock, doom)
  const chain = doomChain(around.chain.for(signer.address), doom)
  const node = around.network.join(signer.address)
  node.disconnect()
  doom.life.onEnd(node.disconnect)
  const body = createBody(
    {
      store,
      chain,
      clock,
      talk: doomTalk(timedTalk(node.talk, clock), doom),
      signer,
      chance: createSeededChance(`${name} ${number}`),
    },
    { windowSeconds: WINDOW_SECONDS, ...roleOf(name) },
  )
  return { ...body, node }
}

/** Starts one run; resolves also when it dies while starting. */
export const beginLife = async (around: Surroundings, cast: Cast): Promise<Living> => {
  const { name, fate, wrapStore = (store) => store } = cast
  const life = createLife()
  const doom: Doom = { life, fate }
  const folder = join(around.folder, name)
  const agent: Address = createTestSigner(name).address
  const owner = { agent, chainId: around.chain.identity.chainId }
  const real = await openLevelStore({ folder, owner, log: silentLog })
  const { store, settleDisk } = await doomStore(wrapStore(real), { doom, folder })
  const { settlement, keeper, node } = await assemble(around, cast, { doom, store })
  const death = Promise.withResolvers<never>()
  death.promise.catch(() => {})
  life.onEnd(() => death.reject(new Died(`${name} died`)))
  const start = async () => {
    await settlement.start()
    await keeper.start()
    node.reconnect()
  }
  await Promise.race([start(), death.promise.catch(() => {})])
  return {
    life,
    keeper,
    settlement,
    unlessDead: (work) => Promise.race([work, death.promise]),
    stop: async () => {
      await keeper.stop()
      await settlement.stop()
      life.kill()
      await real.stop()
    },
    bury: async () => {
      await real.stop()
      await settleDisk()
    },
  }
}

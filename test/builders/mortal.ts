import type { Chain, Clock, Store, Talk, TalkRequest } from '../../node/ports/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import type { MemoryStore } from '../fakes/store.ts'

/** One run of a node's process. After `kill` nothing that it waits for ever ends, and nothing that it asks for happens. */
export type Life = {
  isOver(): boolean
  kill(): void
  /** Whether a death that is planned still comes. */
  isDoomed(): boolean
  /** No death that was planned comes any more. */
  spare(): void
  onEnd(listener: () => void): void
}

export const never = <T>(): Promise<T> => new Promise<T>(() => {})

export const createLife = (): Life => {
  const listeners: (() => void)[] = []
  let isOver = false
  let isSpared = false
  return {
    isDoomed: () => !isSpared,
    spare: () => {
      isSpared = true
    },
    isOver: () => isOver,
    kill: () => {
      if (isOver) return
      isOver = true
      for (const listener of listeners) listener()
    },
    onEnd: (listener) => {
      if (isOver) listener()
      else listeners.push(listener)
    },
  }
}

/** Waits of a dead process are taken off the clock. */
export const mortalClock = (clock: Clock, life: Life): Clock => {
  const death = new AbortController()
  life.onEnd(() => death.abort())
  return {
    ...clock,
    wait: async (ms, { signal } = {}) => {
      const signals = signal ? [signal, death.signal] : [death.signal]
      try {
        await clock.wait(ms, { signal: AbortSignal.any(signals) })
      } catch (error) {
        if (life.isOver()) return never()
        throw error
      }
    },
  }
}

/** A dead process sends nothing to the chain and hears nothing of it. */
export const mortalChain = (chain: Chain, life: Life): Chain => {
  const unlessDead =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      if (life.isOver()) return never()
      const answer = await call(...args)
      return life.isOver() ? never() : answer
    }
  return {
    ...chain,
    head: unlessDead(chain.head),
    balances: unlessDead(chain.balances),
    allowance: unlessDead(chain.allowance),
    channel: unlessDead(chain.channel),
    prepare: unlessDead(chain.prepare),
    broadcast: unlessDead(chain.broadcast),
    outcome: unlessDead(chain.outcome),
    watch: (from, listener) =>
      chain.watch(from, (event) => {
        if (!life.isOver()) listener(event)
      }),
  }
}

/** When a process dies: as it tries its next commit, or as soon as that one is on disk. */
export type Death = { commit: number; moment: 'before' | 'after' }

/** Kills its process at a commit counted from 1; never without a death. */
export const mortalStore = (store: MemoryStore, life: Life, death: Death | null): Store => {
  let count = 0
  return {
    ...store,
    commit: async (writes) => {
      if (life.isOver()) return never()
      count += 1
      const isLast = count === death?.commit && life.isDoomed()
      if (isLast && death?.moment === 'before') life.kill()
      if (life.isOver()) return never()
      const written = store.commit(writes)
      if (isLast) life.kill()
      await written
      if (life.isOver()) return never()
    },
  }
}

/** Requests that time out by the test's clock instead of the machine's. */
export const timedTalk = (talk: Talk, clock: Clock): Talk => ({
  ...talk,
  request: async (agent, request: TalkRequest, { timeoutMs = 30_000, signal } = {}) => {
    const ended = new AbortController()
    const late = clock.wait(timeoutMs, { signal: ended.signal }).then(() => {
      throw new Fault('REQUEST_TIMEOUT', 'No answer in time')
    })
    late.catch(() => {})
    const signals = signal ? [signal, ended.signal] : [ended.signal]
    try {
      const answer = talk.request(agent, request, { signal: AbortSignal.any(signals) })
      return await Promise.race([answer, late])
    } finally {
      ended.abort()
    }
  },
})

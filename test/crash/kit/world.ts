import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Store } from '../../../node/ports/index.ts'
import { createMemoryChain } from '../../fakes/memory-chain.ts'
import { createMemoryNetwork } from '../../fakes/memory-network.ts'
import type { MemoryFate, MemoryRequest } from '../../fakes/memory-world.ts'
import { createTestSigner } from '../../fakes/signer.ts'
import { beginLife, type Living } from './agents.ts'
import { audit } from './checker.ts'
import { type Fate, survive } from './points.ts'
import { createPromiseWatch } from './promise-watch.ts'
import { createQuickClock } from './quick-clock.ts'

/** The tower buys something too. */
export type Side = 'payer' | 'payee' | 'tower'
export const SIDES: readonly Side[] = ['payer', 'payee', 'tower']

const SPEED = 200
const START_BALANCE = 10_000n
const PATIENCE_MS = 90_000
const ATTEMPT_MS = 5_000
const RETRY_MS = 5

export type CrashWorld = Awaited<ReturnType<typeof createCrashWorld>>

export type Fates = Record<Side, Fate>
const healthy: Fates = { payer: survive, payee: survive, tower: survive }

export const addressOf = (side: Side) => createTestSigner(side).address

/** What each agent sees of its channels that are not closed, for a story that got stuck. */
const shownBy = (now: Record<Side, Living>) =>
  SIDES.map((side) => ({
    side,
    channels: now[side].keeper.list().filter(({ phase }) => phase !== 'closed'),
  }))

type WorldOptions = { fates?: Fates; wrapStore?: (side: Side, store: Store) => Store }

/** Two agents on disks of their own, over a network and a chain in this process; whoever dies is started again. */
export const createCrashWorld = async ({ fates = healthy, wrapStore }: WorldOptions = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-crash-'))
  const clock = createQuickClock(SPEED)
  const accounts = Object.fromEntries(SIDES.map((side) => [addressOf(side), START_BALANCE]))
  const chain = createMemoryChain({ clock, accounts })
  const network = createMemoryNetwork()
  const around = { clock, chain, network, folder }
  const watch = createPromiseWatch()
  let judge: (request: MemoryRequest) => MemoryFate = () => 'deliver'
  network.intercept((request) => {
    watch.look(request.body)
    return judge(request)
  })
  let lives = 0
  const begin = (side: Side) => {
    lives += 1
    return beginLife(around, {
      name: side,
      number: lives,
      fate: fates[side],
      ...(wrapStore && { wrapStore: (store) => wrapStore(side, store) }),
    })
  }
  const now: Record<Side, Living> = {
    payer: await begin('payer'),
    payee: await begin('payee'),
    tower: await begin('tower'),
  }
  let away: Side | null = null

  /** Starts whoever has died again, on what is on disk. */
  const revive = async (): Promise<void> => {
    for (const side of SIDES) {
      while (side !== away && now[side].life.isOver()) {
        await now[side].bury()
        now[side] = await begin(side)
      }
    }
  }

  const unlessSomeoneDies = <T>(step: Promise<T>): Promise<T> =>
    SIDES.filter((side) => side !== away).reduce((work, side) => now[side].unlessDead(work), step)

  /** Takes a step until it succeeds, asking again as an owner would. */
  const take = async (step: (lives: Record<Side, Living>) => Promise<unknown>): Promise<void> => {
    const giveUpAt = performance.now() + PATIENCE_MS
    for (;;) {
      await revive()
      try {
        const late = pause(ATTEMPT_MS, undefined, { ref: false }).then(() => {
          throw new Error('an attempt took too long')
        })
        await Promise.race([unlessSomeoneDies(step(now)), late])
        return
      } catch (error) {
        if (performance.now() > giveUpAt) {
          const shown = JSON.stringify(shownBy(now))
          throw new Error(`a step never succeeded: ${shown}`, { cause: error })
        }
      }
      await pause(RETRY_MS)
    }
  }

  const stop = async (): Promise<void> => {
    away = null
    await revive()
    for (const side of SIDES) await now[side].stop()
  }

  const { chainId, contracts } = chain.identity
  const gained = (side: Side) => chain.balanceOf(addressOf(side)) - START_BALANCE
  return {
    ...around,
    now,
    revive,
    take,
    stop,
    /** Whoever is away is dead and stays so until somebody else is. */
    sendAway: (side: Side | null) => {
      away = side
      if (side !== null) now[side].life.kill()
    },
    isAway: (side: Side) => away === side,
    intercept: (next: typeof judge) => {
      judge = next
    },
    greatest: watch.greatest,
    diskOf: (side: Side) => join(folder, side),
    /** All agents must have stopped. `forgetful`: one of them was set back to an old backup. */
    audit: (options: { isForgetful?: boolean } = {}) =>
      audit(
        {
          payers: [join(folder, 'payer'), join(folder, 'tower')],
          payee: join(folder, 'payee'),
        },
        {
          chainId,
          contract: contracts.paymentChannel,
          gained: { payers: gained('payer') + gained('tower'), payee: gained('payee') },
          held: chain.balanceOf(contracts.paymentChannel),
          channel: async (channelId) => chain.channelOf(channelId),
        },
        options,
      ),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

import assert from 'node:assert/strict'
import { cp, rm } from 'node:fs/promises'
import { describe, it } from 'mocha'
import type { Store } from '../../node/ports/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import { begin, close, end, pay, rest, type Step, tell } from './kit/story.ts'
import { type CrashWorld, createCrashWorld, type Side } from './kit/world.ts'

const isLong = process.env.SOUK_CRASH_LONG === '1'
/** Of how many commits one fails. */
const STRIDE = isLong ? 3 : 16

type Failure = { side: Side; at: number; isWritten: boolean }

/** A disk that takes no more from one commit on, as when it is full: what that one wrote may be there or not. */
const failingDisk = ({ side, at, isWritten }: Failure) => {
  let count = 0
  const state = { isArmed: false, isBroken: false, hasFailed: false }
  const full = () =>
    new Fault('STORE_UNAVAILABLE', 'The database failed a write', { cause: 'ENOSPC' })
  const wrapStore = (owner: Side, store: Store): Store => {
    if (owner !== side || state.hasFailed) return store
    return {
      ...store,
      commit: async (writes) => {
        if (state.isArmed) count += 1
        if (count < at) return store.commit(writes)
        if (count === at && isWritten) await store.commit(writes)
        state.isBroken = true
        state.hasFailed = true
        throw full()
      },
    }
  }
  return { wrapStore, state }
}

/** Tells the story; once the disk has failed, the operator makes room and starts the node again. */
const tellOnFailingDisk = async (failure: Failure): Promise<boolean> => {
  const { wrapStore, state } = failingDisk(failure)
  const world = await createCrashWorld({ wrapStore })
  const { take } = world
  state.isArmed = true
  let promised: bigint[] | null = null
  const restartWhereBroken = () => {
    if (!state.isBroken) return
    if (promised === null) {
      promised = world.greatest()
      return
    }
    // Nothing new was promised on a disk that keeps nothing.
    if (failure.side !== 'payee') assert.deepEqual(world.greatest(), promised)
    state.isBroken = false
    world.now[failure.side].life.kill()
  }
  const patient: CrashWorld = {
    ...world,
    take: (step) =>
      take(async (lives) => {
        restartWhereBroken()
        await step(lives)
      }),
  }
  try {
    await tell(patient)
  } catch (cause) {
    throw new Error(`not whole: ${JSON.stringify(failure)}`, { cause })
  } finally {
    await world.remove()
  }
  return state.hasFailed
}

describe('a disk that fails a write, full or broken', () => {
  for (const side of ['payer', 'payee'] as const) {
    for (const isWritten of [false, true]) {
      const how = isWritten ? 'although it was written' : 'and it was not written'
      it(`freezes the ${side} until it is started again, ${how}`, async () => {
        let told = 0
        for (let at = 1; await tellOnFailingDisk({ side, at, isWritten }); at += STRIDE) told += 1
        assert.ok(told > 2)
      })
    }
  }
})

const earlier: readonly Step[] = [
  begin('one', 60n),
  pay('one', 10n),
  begin('two', 50n),
  pay('two', 5n),
]
const later: readonly Step[] = [pay('two', 15n), pay('one', 35n)]
const ending: readonly Step[] = [pay('two', 20n), end('one'), end('two'), close('payer'), rest]
const OWED = 35n + 20n
/** After that long nothing signed before the restore can still be used. */
const LAPSED_SECONDS = 700

const unfreeze: Step = async ({ payer }, { clock }) => {
  const [channel] = payer.keeper.list()
  assert.equal(channel?.frozen, 'STALE_RESTORE', 'not frozen yet')
  clock.jump(LAPSED_SECONDS)
  await payer.keeper.unfreeze(channel.channelId)
}

/** What becomes of a side whose database is set back to an older copy while the other goes on. */
const tellWithBackup = async (side: Side, afterwards: readonly Step[]): Promise<void> => {
  const world = await createCrashWorld()
  const takeAll = async (steps: readonly Step[]) => {
    for (const step of steps) await world.take((lives) => step(lives, world))
  }
  const closeDisk = async () => {
    world.sendAway(side)
    await world.now[side].bury()
  }
  try {
    const [disk, backup] = [world.diskOf(side), `${world.diskOf(side)}-backup`]
    await takeAll(earlier)
    await closeDisk()
    await cp(disk, backup, { recursive: true })
    world.sendAway(null)
    await takeAll(later)
    await closeDisk()
    await rm(disk, { recursive: true })
    await cp(backup, disk, { recursive: true })
    world.sendAway(null)
    await takeAll(afterwards)
    await world.stop()
    const earned = await world.audit({ isForgetful: true })
    assert.deepEqual(world.greatest(), [OWED])
    assert.equal(earned, OWED)
  } finally {
    await world.remove()
  }
}

describe('a database that was set back to an old backup', () => {
  it('makes the payer stop until its operator looks, and never promise less than before', () =>
    tellWithBackup('payer', [unfreeze, ...ending]))

  it('costs the payee nothing: the payer sends again what it holds', () =>
    tellWithBackup('payee', ending))
})

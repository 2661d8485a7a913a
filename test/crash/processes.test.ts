import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Moment } from './kit/points.ts'
import type { Death } from './kit/real-agent.ts'
import { REAL_EARNED, tellReal } from './kit/real-story.ts'
import { createRealWorld, REAL_SIDES, type RealSide, type RealWorld } from './kit/real-world.ts'

// The same with real processes, disks, streams and a real chain: SIGKILL at points of the code, gathered from a story without deaths.

const isLong = process.env.SOUK_CRASH_LONG === '1'
/** Points per side. */
const KILLS = isLong ? 15 : 3
const LEAST_KILLS = isLong ? 20 : 4
const FUNDS = 10_000n

const parsed = (point: string): Death => {
  const gap = point.indexOf(' ')
  return { moment: point.slice(0, gap) as Moment, name: point.slice(gap + 1) }
}

/** Spread over all of them: writes, questions, answers, calls and looks. */
const choose = (points: readonly string[], count: number): Death[] => {
  // A kill loses nothing that was written: the moment between writing and sync is for the tests that cut the disk.
  const real = points.filter((point) => !point.startsWith('lost ')).sort()
  const step = Math.max(1, real.length / count)
  const chosen = new Set<string>()
  for (let at = 0; at < real.length; at += step) chosen.add(real[Math.floor(at)] as string)
  return [...chosen].map(parsed)
}

describe('two processes on a real chain, one of which kills itself', () => {
  let world: RealWorld
  const deaths: Record<RealSide, Death[]> = { payer: [], payee: [] }

  before(async () => {
    world = await createRealWorld({ deposit: 100n, funds: FUNDS })
    await world.enter()
    await tellReal(world)
    for (const side of REAL_SIDES) deaths[side] = choose(await world.now[side].ask.seen(), KILLS)
    assert.equal(await world.audit(), REAL_EARNED)
  })
  after(() => world.stop())

  it('are whole wherever that was', async () => {
    const rounds = Math.max(deaths.payer.length, deaths.payee.length)
    let kills = 0
    for (let round = 0; round < rounds; round++) {
      const planned: Partial<Record<RealSide, Death>> = {}
      for (const side of REAL_SIDES) {
        const death = deaths[side][round]
        if (death) planned[side] = death
      }
      try {
        await world.enter(planned)
        await tellReal(world)
        assert.equal(await world.audit(), REAL_EARNED)
      } catch (cause) {
        throw new Error(`not whole after ${JSON.stringify(planned)}`, { cause })
      }
      kills += world.kills()
    }
    process.stdout.write(`      killed ${kills} processes\n`)
    assert.ok(kills >= LEAST_KILLS, `only ${kills} processes were killed`)
  })
})

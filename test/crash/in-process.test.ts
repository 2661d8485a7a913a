import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Fate, Moment, Names } from './kit/points.ts'
import { missingFrom, readRegistry } from './kit/source-registry.ts'
import { tell } from './kit/story.ts'
import { createCrashWorld, type Fates, SIDES, type Side } from './kit/world.ts'

// Both sides of a channel die at every point of the code that touches disk, peers or chain, and start again on what is on disk.

const FOLDERS = ['node/channel', 'node/settlement']
const isLong = process.env.SOUK_CRASH_LONG === '1'
/** Deaths of one side in one telling: one tells most when it fails, many are quick. */
const DEATHS_PER_STORY = isLong ? 3 : 12
const MOMENTS: readonly Moment[] = ['before', 'lost', 'after']

type Ledger = {
  /** All that a side did in every undisturbed story. */
  usual: Set<string>
  /** That, and what only came about by the deaths of others. */
  seen: Set<string>
  /** Where it died. */
  hit: Set<string>
}

const at = (name: string, moment: Moment): string => `${moment} ${name}`

const createFate = ({ seen, hit }: Ledger, deaths: { left: number; died: string[] }): Fate => {
  return (names: Names, moment: Moment) => {
    for (const name of names) seen.add(at(name, moment))
    const isNew = names.some((name) => !hit.has(at(name, moment)))
    if (deaths.left === 0 || !isNew) return false
    deaths.left -= 1
    deaths.died.push(at(names.join(' + '), moment))
    for (const name of names) hit.add(at(name, moment))
    return true
  }
}

const missing = ({ usual, hit }: Ledger): string[] => [...usual].filter((point) => !hit.has(point))

/** What only some of them show came about by chance: two sides settling at once, say. */
const UNDISTURBED = 3

/** Stories in which nobody dies any more, before what still misses counts as missed: some things only come about at times. */
const QUIET_STORIES = 3

describe('agents that die at every point of the code that touches disk, peers or chain', () => {
  const ledgers: Record<Side, Ledger> = {
    payer: { usual: new Set(), seen: new Set(), hit: new Set() },
    payee: { usual: new Set(), seen: new Set(), hit: new Set() },
    tower: { usual: new Set(), seen: new Set(), hit: new Set() },
  }
  let stories = 0

  /** One story in which one side may die some times, at points where it has not died before. */
  const tellWithDeaths = async (side: Side | null): Promise<number> => {
    const deaths = { left: side === null ? 0 : DEATHS_PER_STORY, died: [] as string[] }
    const none = { left: 0, died: [] }
    const fates = Object.fromEntries(
      SIDES.map((one) => [one, createFate(ledgers[one], one === side ? deaths : none)]),
    ) as Fates
    const world = await createCrashWorld({ fates })
    try {
      await tell(world)
    } catch (cause) {
      const died = JSON.stringify(deaths.died, null, 1)
      throw new Error(`not whole after the ${side} died at ${died}`, { cause })
    } finally {
      await world.remove()
    }
    stories += 1
    return deaths.died.length
  }

  before(async () => {
    for (let story = 0; story < UNDISTURBED; story++) {
      for (const side of SIDES) ledgers[side].seen.clear()
      await tellWithDeaths(null)
      for (const side of SIDES) {
        const { usual, seen } = ledgers[side]
        const again = [...seen].filter((point) => story === 0 || usual.has(point))
        ledgers[side].usual = new Set(again)
      }
    }
  })

  after(() => {
    const counts = SIDES.map((side) => `${side} ${ledgers[side].hit.size}`)
    process.stdout.write(`      points: ${counts.join(', ')}; stories: ${stories}\n`)
  })

  for (const side of SIDES) {
    it(`are whole wherever the ${side} dies`, async () => {
      for (let quiet = 0; quiet < QUIET_STORIES; ) {
        quiet = (await tellWithDeaths(side)) > 0 ? 0 : quiet + 1
        if (quiet > 0 && missing(ledgers[side]).length === 0) break
      }
      assert.deepEqual(missing(ledgers[side]), [])
    })
  }

  it('have died at everything that the source can do', () => {
    const hit = SIDES.flatMap((side) => [...ledgers[side].hit])
    const names = hit.map((point) => point.slice(point.indexOf(' ') + 1))
    assert.deepEqual(missingFrom(readRegistry(FOLDERS), names), [])
  })

  it('have died around each commit before it, before its sync, and after it', () => {
    for (const side of ['payer', 'payee'] as const) {
      for (const moment of MOMENTS) {
        const commits = [...ledgers[side].hit].filter((point) =>
          point.startsWith(`${moment} write`),
        )
        assert.ok(commits.length > 10, `${side} died ${commits.length} times ${moment} a commit`)
      }
    }
  })
})

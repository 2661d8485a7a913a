import { createSeededChance } from '../../fakes/chance.ts'
import type { MemoryFate } from '../../fakes/memory-world.ts'
import { assertFairStory, type Trouble } from './story.ts'

const DOWN_MS = [100, 1_000, 3_000, 15_000, 45_000, 120_000] as const

/** Loses so many of 256 messages: as often on the way there as on the way back. */
const losing = (seed: string, outOf256: number) => {
  const chance = createSeededChance(seed)
  return (): MemoryFate => {
    const [draw = 0, side = 0] = chance.bytes(2)
    if (draw >= outOf256) return 'deliver'
    return side < 128 ? 'lose-request' : 'lose-answer'
  }
}

/** Deaths, time away and losses, all drawn from one seed. */
const troubleOf = (seed: string): Trouble => {
  const [ann = 0, bob = 0, moments = 0, down = 0, rate = 0] = createSeededChance(seed).bytes(5)
  const moment = (bit: number) => (moments & bit ? 'before' : 'after')
  return {
    deaths: {
      ann: { commit: 1 + (ann % 60), moment: moment(1) },
      bob: { commit: 1 + (bob % 24), moment: moment(2) },
    },
    downMs: DOWN_MS[down % DOWN_MS.length] as number,
    fateOf: losing(`${seed} losses`, Math.floor(rate / 4)),
  }
}

describe('a sale over a network that loses messages', () => {
  for (const outOf256 of [16, 64, 128]) {
    it(`ends fairly where ${Math.round((100 * outOf256) / 256)} % of them are lost`, async () => {
      for (let seed = 0; seed < 8; seed++) {
        const name = `lossy ${seed}`
        await assertFairStory({ fateOf: losing(name, outOf256) }, name)
      }
    })
  }

  it('ends fairly where processes die as well', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const name = `troubled ${seed}`
      await assertFairStory(troubleOf(name), name)
    }
  })
})

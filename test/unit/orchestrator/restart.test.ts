import type { Death } from '../../builders/mortal.ts'
import { assertFairStory, tell } from './story.ts'

const everyDeath = (commits: number): Death[] =>
  Array.from({ length: commits }, (_, index) => index + 1).flatMap((commit) => [
    { commit, moment: 'before' as const },
    { commit, moment: 'after' as const },
  ])

const commitsOf = async (): Promise<{ ann: number; bob: number }> => {
  const { world, ann, bob } = await tell()
  await world.stop()
  return { ann: ann.commits(), bob: bob.commits() }
}

describe('a sale', () => {
  it('is fair where nobody dies', () => assertFairStory({}))

  // Back at once, after the time to start and to deliver, and after the time to accept.
  for (const downMs of [3_000, 45_000, 300_000]) {
    const away = `for ${downMs / 1_000} seconds`

    it(`ends fairly wherever its buyer dies ${away}`, async () => {
      const commits = await commitsOf()
      for (const ann of everyDeath(commits.ann)) await assertFairStory({ deaths: { ann }, downMs })
    })

    it(`ends fairly wherever its seller dies ${away}`, async () => {
      const commits = await commitsOf()
      for (const bob of everyDeath(commits.bob)) await assertFairStory({ deaths: { bob }, downMs })
    })
  }

  it('ends fairly where both die', async () => {
    const commits = await commitsOf()
    const bobs = everyDeath(commits.bob)
    for (const [index, ann] of everyDeath(commits.ann).entries()) {
      const bob = bobs[(7 * index) % bobs.length] as Death
      await assertFairStory({ deaths: { ann, bob } })
    }
  })
})

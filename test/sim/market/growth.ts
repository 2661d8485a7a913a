import { BIDDING } from '../../../protocols/market/index.ts'
import { expect, type Scenario } from '../scenario.ts'
import { type Agent, createTown } from './town.ts'

const SELLERS = 8
const SIZES = [10, 30, 100, 300, 1_000] as const

/** Messages over links that one auction costs, with the same few sellers in towns of growing size. */
const messagesOf = async (seed: string, agents: number, bidding: number) => {
  const town = createTown({ seed: `${seed} ${agents}`, agents, links: 2, loss: 0 })
  const all = town.population((index) =>
    index < SELLERS ? { sellsAt: 1_000n + BigInt(index) } : {},
  )
  const under = town.hold(all.at(-1) as Agent, { bidding })
  await town.clock.play(30_000)
  const held = await under
  const { auctions = 0, bids = 0, awards = 0, talk = 0 } = town.overlay.sent()
  return { gossip: auctions + bids + awards, bids, talk, ranked: held.ranked.length }
}

export const growth: Scenario = {
  name: 'messages per auction as the town grows',
  run: async ({ seed, agents }) => {
    const sizes = SIZES.filter((size) => size <= agents)
    const rows = []
    for (const size of sizes) {
      const open = await messagesOf(seed, size, BIDDING.OPEN)
      const direct = await messagesOf(seed, size, BIDDING.DIRECT)
      rows.push({ size, open, direct })
    }
    const perAgent = rows.map(({ size, open }) => open.gossip / size)
    const [first = 0] = perAgent
    const shownOpen = rows.map(({ size, open }) => `${size}: ${open.gossip}`).join(', ')
    const shownDirect = rows.map(({ size, direct }) => `${size}: ${direct.talk}`).join(', ')
    // For each seller a bid and a look at the transcript, one offer, and an answer to each.
    const mostTalk = 2 * (2 * SELLERS + 1)
    return [
      expect(
        'gossip grows no faster than the town',
        perAgent.every((messages) => messages <= first * 1.5),
        shownOpen,
      ),
      expect(
        'direct bids cost the same everywhere',
        rows.every(({ direct }) => direct.talk <= mostTalk && direct.bids === 0),
        shownDirect,
      ),
      expect(
        'every seller bids in each',
        rows.every(({ open, direct }) => open.ranked === SELLERS && direct.ranked === SELLERS),
        SELLERS,
      ),
    ]
  },
}

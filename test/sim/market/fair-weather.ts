// What the market does where everybody plays by the rules.
import { BIDDING, PRICING } from '../../../protocols/market/index.ts'
import { expect, percent, type Scenario } from '../scenario.ts'
import { type Agent, createTown, type Held, heardOf } from './town.ts'

const AUCTIONS = 8

const sellersOf = (agents: readonly Agent[]) => agents.filter(({ sellsAt }) => sellsAt !== null)
const isSeller = (index: number) => index % 5 === 0
const roleOf = (index: number) => (isSeller(index) ? { sellsAt: 1_000n + BigInt(index) } : {})

const cheapestOf = (agents: readonly Agent[]): Agent | undefined =>
  sellersOf(agents).reduce<Agent | undefined>(
    (best, one) => (best && (best.sellsAt ?? 0n) <= (one.sellsAt ?? 0n) ? best : one),
    undefined,
  )

const soldTo = (held: readonly Held[], agent: Agent | undefined): number =>
  held.filter(({ winner }) => winner?.bid.message.provider === agent?.signer.address).length

const market = (name: string, terms: { bidding?: number; pricing?: number }): Scenario => ({
  name,
  run: async ({ seed, agents: size }) => {
    const town = createTown({ seed, agents: size, links: 3, loss: 0.01 })
    const agents = town.population(roleOf)
    const buyers = agents.filter(({ sellsAt }) => sellsAt === null)
    const under = Array.from({ length: AUCTIONS }, async (_, index) => {
      await town.clock.wait(index * 30_000)
      return town.hold(town.random.pick(buyers), { ...terms, closesAt: town.clock.now() + 6 })
    })
    await town.clock.play(AUCTIONS * 30_000 + 120_000)
    const held = await Promise.all(under)
    const heard = held.reduce((sum, { auctionId }) => sum + heardOf(agents, auctionId), 0)
    const whole = AUCTIONS * (size - 1)
    const free = sellersOf(agents).every(({ capacity }) => capacity.load() === 0)
    const audits = agents.flatMap((agent) => agent.of('auction.audited'))
    const right = soldTo(held, cheapestOf(agents))
    return [
      expect('every auction is heard by everyone', heard === whole, percent(heard, whole)),
      expect('the best bid wins each', right === AUCTIONS, `${right} of ${AUCTIONS}`),
      expect('nobody is blamed', town.overlay.hangUps() === 0, town.overlay.hangUps()),
      expect('every place is free in the end', free, free ? 'all' : 'not all'),
      expect(
        'no audit finds a fault',
        audits.every(({ fault }) => fault === null),
        `${audits.length} audits`,
      ),
    ]
  },
})

const skewed: Scenario = {
  name: 'clocks wrong by up to 30 s',
  run: async ({ seed, agents: size }) => {
    const town = createTown({ seed, agents: size, links: 3, loss: 0 })
    const agents = town.population((index) => ({
      ...roleOf(index),
      skewMs: index === 1 ? 0 : Math.round((town.random.unit() - 0.5) * 60_000),
    }))
    const buyer = agents[1] as Agent
    const patient = town.hold(buyer, { closesAt: town.clock.now() + 90 })
    const hasty = town.hold(buyer)
    await town.clock.play(200_000)
    const [long, short] = await Promise.all([patient, hasty])
    const best = soldTo([long], cheapestOf(agents)) === 1
    return [
      expect(
        'a window longer than the error finds the best bid',
        best,
        `${long.ranked.length} bids`,
      ),
      expect(
        'a shorter one still finds some',
        short.winner !== null,
        `${short.ranked.length} bids`,
      ),
      expect(
        'nobody is blamed for its clock',
        town.overlay.hangUps() === 0,
        town.overlay.hangUps(),
      ),
    ]
  },
}

const churn: Scenario = {
  name: 'agents come and go, and the network splits',
  run: async ({ seed, agents: size }) => {
    const town = createTown({ seed, agents: size, links: 4, loss: 0.05 })
    const agents = town.population(roleOf)
    for (const { station } of agents.slice(2)) {
      if (town.random.unit() < 0.2) station.isUp = false
    }
    const [first, second] = [agents.slice(0, size / 2), agents.slice(size / 2)]
    for (const { station } of first) {
      for (const { station: far } of second) town.overlay.unlink(station, far)
    }
    const buyerIn = (half: readonly Agent[]) =>
      half.find(({ sellsAt, station }) => sellsAt === null && station.isUp) as Agent
    const apart = [town.hold(buyerIn(first)), town.hold(buyerIn(second))]
    await town.clock.play(60_000)
    const split = await Promise.all(apart)
    town.weave(agents.map(({ station }) => station))
    for (const { station } of agents) station.isUp = true
    const healed = town.hold(buyerIn(second))
    await town.clock.play(60_000)
    const after = await healed
    const heard = heardOf(agents, after.auctionId)
    const sold = split.filter(({ winner }) => winner !== null).length
    return [
      expect('each half sells by itself', sold === 2, `${sold} of 2`),
      expect('all hear again once it is whole', heard === size - 1, percent(heard, size - 1)),
      expect('and the best bid of all wins', soldTo([after], cheapestOf(agents)) === 1, 'cheapest'),
    ]
  },
}

export const fairWeather: readonly Scenario[] = [
  market('honest, open bids', {}),
  market('honest, sealed bids', { bidding: BIDDING.SEALED }),
  market('honest, direct bids, second price', { bidding: BIDDING.DIRECT, pricing: PRICING.SECOND }),
  skewed,
  churn,
]

// What the market does where outsiders say what they should not.
import { encodeSigned } from '../../../protocols/common/index.ts'
import { aBid, anAuction, hash } from '../../builders/messages.ts'
import { signAs } from '../../builders/sale.ts'
import { createTestSigner } from '../../fakes/signer.ts'
import { expect, percent, type Scenario } from '../scenario.ts'
import { BUYER, createAcquaintance, honest, intrude, isHonest } from './people.ts'
import { type Agent, createTown, heardOf } from './town.ts'

const sybilBid = (name: string, auctionId: `0x${string}`, validUntil: number) => {
  const { address: provider } = createTestSigner(name)
  const bid = aBid({ auctionId, provider, basePrice: 1n, pricePerMfuel: 0n, etaMs: 1, validUntil })
  return encodeSigned('Bid', signAs(name, 'Bid', bid))
}

const sybils: Scenario = {
  name: 'a flood of bids and auctions by made-up agents',
  run: async ({ seed, agents: size }) => {
    const town = createTown({ seed, agents: size, links: 3, loss: 0 })
    const { introduce, scoreOf } = createAcquaintance()
    const agents = town.population((index) => ({ ...honest(index), scoreOf }))
    introduce(agents)
    const intruder = intrude(town, agents, { name: 'mallory', links: 3 })
    let flooded = 0
    const flood = (auctionId: `0x${string}`) => {
      for (let sybil = 0; sybil < 400; sybil++) {
        intruder.station.spread(
          'bids',
          sybilBid(`sybil ${sybil}`, auctionId, town.clock.now() + 60),
        )
        const auction = signAs(`sybil ${sybil}`, 'Auction', {
          ...anAuction({ requester: createTestSigner(`sybil ${sybil}`).address }),
          closesAt: town.clock.now() + 60,
          deliverBy: town.clock.now() + 600,
          salt: hash(sybil),
        })
        intruder.station.spread('auctions', encodeSigned('Auction', auction))
        flooded += 2
      }
    }
    intruder.board.onAuction(({ auctionId }) => flood(auctionId))
    const under = town.hold(agents[BUYER] as Agent, { minReputation: 55 })
    await town.clock.play(60_000)
    const held = await under
    const heard = heardOf(agents, held.auctionId)
    const bids = agents[BUYER]?.board.sighting(held.auctionId)?.bids.size ?? 0
    const honestBids = held.ranked.filter(({ bid }) => isHonest(agents, bid.message.provider))
    const sellers = agents.filter(({ sellsAt }) => sellsAt !== null).length
    const later = town.hold(agents[BUYER] as Agent, { minReputation: 55 })
    await town.clock.play(60_000)
    const after = await later
    return [
      expect('the auction is heard by everyone', heard === size - 1, percent(heard, size - 1)),
      expect(
        'no honest bid is pushed out',
        honestBids.length === sellers,
        `${honestBids.length} of ${sellers}`,
      ),
      expect('the book stays within its bound', bids <= 256, `${bids} bids, ${flooded} sent`),
      expect('an honest agent wins', isHonest(agents, held.winner?.bid.message.provider), 'winner'),
      expect(
        'and so it does the next time',
        isHonest(agents, after.winner?.bid.message.provider),
        'winner',
      ),
    ]
  },
}

const forgeries: Scenario = {
  name: 'a flood of forged signatures',
  run: async ({ seed, agents: size }) => {
    const town = createTown({ seed, agents: size, links: 3, loss: 0 })
    const agents = town.population(honest)
    const before = town.signaturesChecked()
    const intruders = [0, 1, 2].map((index) =>
      intrude(town, agents, { name: `mallory ${index}`, links: 4 }),
    )
    const forged = 500
    for (const intruder of intruders) {
      for (let index = 0; index < forged; index++) {
        const auction = anAuction({
          requester: createTestSigner('victim').address,
          closesAt: town.clock.now() + 60,
          deliverBy: town.clock.now() + 600,
          salt: hash(index),
        })
        intruder.station.spread(
          'auctions',
          encodeSigned('Auction', signAs('mallory', 'Auction', auction)),
        )
      }
    }
    await town.clock.play(5_000)
    const checked = town.signaturesChecked() - before
    const under = town.hold(agents[BUYER] as Agent)
    await town.clock.play(60_000)
    const held = await under
    const heard = heardOf(agents, held.auctionId)
    const cut = intruders.every(({ station }) => station.links.size === 0)
    const most = intruders.length * 4 * 3
    return [
      expect('their neighbours hang up', cut, `${town.overlay.hangUps()} times`),
      expect(
        'after three checks each',
        checked <= most,
        `${checked} checked of ${forged * intruders.length * 4}`,
      ),
      expect('the auction is heard by everyone', heard === size - 1, percent(heard, size - 1)),
      expect('and sold', held.winner !== null, `${held.ranked.length} bids`),
    ]
  },
}

const replays: Scenario = {
  name: 'everything said is said again',
  run: async ({ seed, agents: size }) => {
    const town = createTown({ seed, agents: size, links: 3, loss: 0 })
    const agents = town.population(honest)
    const said: [Parameters<typeof intruder.station.spread>[0], Uint8Array][] = []
    const intruder = intrude(town, agents, { name: 'mallory', links: 6 })
    const { board } = intruder
    board.onAuction(({ auction }) => void said.push(['auctions', encodeSigned('Auction', auction)]))
    board.onBid((_, { bid }) => void said.push(['bids', encodeSigned('Bid', bid)]))
    board.onAward((_, award) => void said.push(['awards', encodeSigned('Award', award)]))
    const first = town.hold(agents[BUYER] as Agent)
    await town.clock.play(60_000)
    const held = await first
    const newcomer = town.settle('newcomer', { sellsAt: 1n })
    town.overlay.link(newcomer.station, intruder.station)
    for (const [topic, data] of said) intruder.station.spread(topic, data)
    await town.clock.play(30_000)
    const seenTwice = agents.filter((agent) => {
      const ids = agent.of('auction.seen').map(({ auctionId }) => auctionId)
      return new Set(ids).size < ids.length
    }).length
    const lured = newcomer.of('bid.placed').length
    const second = town.hold(agents[BUYER] as Agent)
    await town.clock.play(60_000)
    const again = await second
    const isFree = agents.every(({ capacity }) => capacity.load() === 0)
    return [
      expect('nobody hears an auction twice', seenTwice === 0, `${seenTwice} of ${size}`),
      expect('a newcomer bids on no closed one', lured === 0, `${said.length} heard`),
      expect('no place is held for nothing', isFree, isFree ? 'all free' : 'held'),
      expect(
        'the next auction sells as the first',
        held.winner !== null && again.winner !== null,
        'both',
      ),
      expect(
        'nobody is blamed for passing on what is old',
        town.overlay.hangUps() === 0,
        town.overlay.hangUps(),
      ),
    ]
  },
}

const lateBids: Scenario = {
  name: 'bids after the close',
  run: async ({ seed, agents: size }) => {
    const town = createTown({ seed, agents: size, links: 3, loss: 0 })
    const agents = town.population(honest)
    const intruder = intrude(town, agents, { name: 'mallory', links: 6 })
    intruder.board.onAuction(({ auction: { message }, auctionId }) => {
      const late = () =>
        intruder.station.spread('bids', sybilBid('mallory', auctionId, message.closesAt + 60))
      town.clock.after(message.closesAt * 1000 - town.clock.nowMs(), late)
    })
    const under = town.hold(agents[BUYER] as Agent)
    await town.clock.play(60_000)
    const held = await under
    const isListed = held.ranked.some(({ bid }) => !isHonest(agents, bid.message.provider))
    const kept = agents.filter(({ board }) => {
      const bids = [...(board.sighting(held.auctionId)?.bids.keys() ?? [])]
      return bids.some((provider) => !isHonest(agents, provider))
    }).length
    return [
      expect('no late bid is ranked', !isListed, `${held.ranked.length} bids`),
      expect('nor kept by anyone else', kept === 0, `${kept} of ${size}`),
      expect('an honest agent wins', isHonest(agents, held.winner?.bid.message.provider), 'winner'),
    ]
  },
}

export const outsiders: readonly Scenario[] = [sybils, forgeries, replays, lateBids]

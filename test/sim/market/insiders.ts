// What the market does where those who take part leave, or stand in the way.
import { encodeSigned } from '../../../protocols/common/index.ts'
import { anAuction, hash } from '../../builders/messages.ts'
import { signAs } from '../../builders/sale.ts'
import { expect, percent, type Scenario } from '../scenario.ts'
import { BUYER, createAcquaintance, honest, isHonest } from './people.ts'
import { type Agent, createTown, heardOf } from './town.ts'

const vanishing: Scenario = {
  name: 'the best bidders vanish',
  run: async ({ seed, agents: size }) => {
    const town = createTown({ seed, agents: size, links: 4, loss: 0 })
    const agents = town.population((index) => ({
      ...honest(index),
      ...(index % 10 === 0 && index < 30 ? { sellsAt: BigInt(index), vanishes: true } : {}),
    }))
    const under = town.hold(agents[BUYER] as Agent)
    await town.clock.play(120_000)
    const held = await under
    const gone = Math.min(3, Math.ceil(size / 10))
    return [
      expect('the next one takes their place', held.winner !== null, `after ${held.offers} offers`),
      expect('after asking each of them once', held.offers === gone + 1, `${gone} vanished`),
    ]
  },
}

const leaving: Scenario = {
  name: 'the requester vanishes after its auction',
  run: async ({ seed, agents: size }) => {
    const town = createTown({ seed, agents: size, links: 4, loss: 0 })
    const { introduce, scoreOf } = createAcquaintance()
    const agents = town.population((index) => ({ ...honest(index), scoreOf }))
    introduce(agents)
    const buyer = agents[BUYER] as Agent
    void town.hold(buyer)
    await town.clock.play(4_000)
    buyer.station.isUp = false
    const sellers = agents.filter(({ sellsAt }) => sellsAt !== null)
    await town.clock.play(10_000)
    const held = sellers.filter(({ capacity }) => capacity.load() > 0).length
    await town.clock.play(120_000)
    const stuck = sellers.filter(({ capacity }) => capacity.load() > 0).length
    const other = agents.find(({ sellsAt, station }) => sellsAt === null && station.isUp) as Agent
    const under = town.hold(other)
    await town.clock.play(60_000)
    const after = await under
    return [
      expect(
        'bidders keep their word as long as it binds',
        held === sellers.length,
        `${held} of ${sellers.length}`,
      ),
      expect('and are free after that', stuck === 0, `${stuck} still held`),
      expect('the next auction sells', after.winner !== null, `${after.ranked.length} bids`),
    ]
  },
}

const eclipse: Scenario = {
  name: 'a requester among attackers, with one honest neighbour',
  run: async ({ seed, agents: size }) => {
    const town = createTown({ seed, agents: size, links: 4, loss: 0 })
    const { introduce, scoreOf } = createAcquaintance()
    const agents = town.population((index) => ({ ...honest(index), scoreOf }))
    introduce(agents)
    const victim = agents[BUYER] as Agent
    const [friend] = victim.station.links
    for (const neighbour of [...victim.station.links]) {
      if (neighbour !== friend) town.overlay.unlink(victim.station, neighbour)
    }
    for (let index = 0; index < 20; index++) {
      const attacker = town.settle(`attacker ${index}`)
      attacker.station.isMute = true
      town.overlay.link(attacker.station, victim.station)
      const flood = (count: number): void => {
        for (let at = 0; at < count; at++) {
          const auction = signAs(`attacker ${index}`, 'Auction', {
            ...anAuction({ requester: attacker.signer.address, salt: hash(at) }),
            closesAt: town.clock.now() + 60,
            deliverBy: town.clock.now() + 600,
          })
          attacker.station.spread('auctions', encodeSigned('Auction', auction))
        }
      }
      flood(300)
    }
    const foreign = town.hold(agents[BUYER + 1] as Agent, { closesAt: town.clock.now() + 8 })
    const own = town.hold(victim, { closesAt: town.clock.now() + 8 })
    await town.clock.play(4_000)
    const knownBefore = victim.board.views().length
    await town.clock.play(60_000)
    const [others, held] = await Promise.all([foreign, own])
    const heard = heardOf(agents, held.auctionId)
    return [
      expect('its auction is heard by everyone', heard === size - 1, percent(heard, size - 1)),
      expect(
        'and sold to an honest agent',
        isHonest(agents, held.winner?.bid.message.provider),
        `${held.ranked.length} bids`,
      ),
      expect(
        'it remembers what its honest neighbour passed on',
        victim.board.sighting(others.auctionId) !== undefined,
        `among ${knownBefore} shown`,
      ),
    ]
  },
}

export const insiders: readonly Scenario[] = [vanishing, leaving, eclipse]

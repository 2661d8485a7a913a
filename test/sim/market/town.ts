import {
  type AuctionTerms,
  createAuctioneer,
  createBidder,
  createBoard,
  createCapacity,
  createPricingPolicy,
  serveBidDesk,
} from '../../../node/market/index.ts'
import type { Log } from '../../../node/ports/index.ts'
import type { Address, Hash, Signed } from '../../../protocols/common/index.ts'
import type { NodeEvent } from '../../../protocols/control/index.ts'
import { lastBidAt, type RankedBid } from '../../../protocols/market/index.ts'
import { hash } from '../../builders/messages.ts'
import { marketDigest } from '../../builders/sale.ts'
import { createSeededChance } from '../../fakes/chance.ts'
import { createTestSigner, recoverSigner } from '../../fakes/signer.ts'
import { createSimClock } from '../clock.ts'
import { createOverlay, type Station } from '../overlay.ts'
import { createRandom } from '../random.ts'

export const TOKEN = createTestSigner('token').address
export const ENGINE = hash(2)
const SLOTS = 4
const OFFER = 'offer'
/** Tries of a requester with the bidders it ranked. */
const MAX_OFFERS = 8

/** How an agent takes part. Prices in atomic units for a whole task. */
export type Role = {
  /** Sells at this base price; null buys only. */
  sellsAt: bigint | null
  /** How wrong its clock is, in milliseconds. */
  skewMs: number
  /** What it knows of others, in points. */
  scoreOf: (agent: Address) => number
  /** Bids, and is never heard of again. */
  vanishes: boolean
}

export type TownOptions = { seed: string; agents: number; links: number; loss: number }

const silent: Log = (() => {
  const drop = () => undefined
  const log: Log = { debug: drop, info: drop, warn: drop, error: drop, child: () => log } as Log
  return log
})()

/** Agents with the node's own market code on a network of this process, all of it decided by the seed. */
export const createTown = ({ seed, agents: size, links, loss }: TownOptions) => {
  const clock = createSimClock()
  const random = createRandom(seed)
  const latencyMs = { least: 10, most: 120 }
  const overlay = createOverlay({ clock, random, latencyMs, loss })
  let checked = 0
  const recover: typeof recoverSigner = (digest, signature) => {
    checked += 1
    return recoverSigner(digest, signature)
  }

  const settle = (name: string, role: Partial<Role> = {}) => {
    const { sellsAt = null, skewMs = 0, scoreOf = () => 50, vanishes = false } = role
    const signer = createTestSigner(name)
    const station = overlay.join(signer.address)
    const events: NodeEvent[] = []
    const common = {
      clock: clock.wrongBy(skewMs),
      chance: createSeededChance(`${seed} ${name}`),
      digest: marketDigest,
      recover,
      signer,
      log: silent,
      emit: (event: NodeEvent) => void events.push(event),
      talk: station.talk,
    }
    const board = createBoard({ ...common, gossip: station.gossip }, { worthOf: scoreOf })
    const capacity = createCapacity(common, { slots: SLOTS })
    const reputationOf = (agent: Address) => ({ score: scoreOf(agent), specialty: 50 })
    const auctioneer = createAuctioneer({ ...common, board, reputationOf })
    serveBidDesk({ ...common, board })
    board.start()
    if (sellsAt !== null) {
      const policy = createPricingPolicy(
        { basePrice: sellsAt, pricePerMfuel: 0n, minPrice: 0n, loadMarginPercent: 0 },
        { maxExposure: 10n ** 18n },
      )
      const offering = {
        engineHash: ENGINE,
        tokens: [TOKEN],
        maxFuel: 10n ** 12n,
        speedMfuelPerSecond: 1_000,
        startupMs: 50,
      }
      const isKnown = (agent: Address) => scoreOf(agent) > 50
      createBidder({ ...common, board, policy, capacity, isKnown }, offering).start()
      station.talk.serve('/souk/deal/1', OFFER, async () => [])
      if (vanishes) {
        board.onAuction(() =>
          clock.after(3_000, () => void Object.assign(station, { isUp: false })),
        )
      }
    }
    const of = <Type extends NodeEvent['type']>(type: Type) =>
      events.filter((event): event is NodeEvent & { type: Type } => event.type === type)
    return { name, signer, station, board, capacity, auctioneer, sellsAt, of }
  }

  type Agent = ReturnType<typeof settle>

  /** Asks the bidders in order until one answers, as a requester does before anything is paid. */
  const offerInTurn = async (
    buyer: Agent,
    auction: Signed<'Auction'>,
    ranked: readonly RankedBid[],
  ) => {
    for (const [index, winner] of ranked.slice(0, MAX_OFFERS).entries()) {
      const { provider } = winner.bid.message
      try {
        const request = { protocol: '/souk/deal/1', type: OFFER, body: [] } as const
        await buyer.station.talk.request(provider, request)
      } catch {
        continue
      }
      const award = await buyer.auctioneer.award(auction, ranked.slice(index), winner)
      await buyer.auctioneer.announceAward(award)
      return { winner, award, offers: index + 1 }
    }
    return { winner: null, award: null, offers: Math.min(MAX_OFFERS, ranked.length) }
  }

  /** Holds an auction from draft to award; resolves while the town is played. */
  const hold = async (buyer: Agent, changes: Partial<AuctionTerms> = {}) => {
    const closesAt = clock.now() + 5
    const { auctionId, ...auction } = buyer.auctioneer.draft({
      taskHash: hash(1),
      engineHash: ENGINE,
      token: TOKEN,
      maxPrice: 1_000_000n,
      maxFuel: 1_000_000n,
      tagsHash: hash(0),
      closesAt,
      deliverBy: (changes.closesAt ?? closesAt) + 600,
      ...changes,
    })
    const { signal } = new AbortController()
    const ranked = await buyer.auctioneer.run(auction, { signal })
    const sale = await offerInTurn(buyer, auction, ranked)
    return { auctionId, auction, ranked, ...sale, endsAt: lastBidAt(auction.message) }
  }

  const population = (roleOf: (index: number) => Partial<Role>) => {
    const all = Array.from({ length: size }, (_, index) => settle(`agent ${index}`, roleOf(index)))
    overlay.weave(
      all.map(({ station }) => station),
      links,
    )
    return all
  }

  return {
    clock,
    random,
    overlay,
    settle,
    population,
    hold,
    weave: (stations: readonly Station[]) => overlay.weave(stations, links),
    signaturesChecked: () => checked,
  }
}

export type Town = ReturnType<typeof createTown>
export type Agent = ReturnType<Town['settle']>
export type Held = Awaited<ReturnType<Town['hold']>>

/** The agents that heard of an auction, itself excepted. */
export const heardOf = (agents: readonly Agent[], auctionId: Hash): number =>
  agents.filter(({ board }) => board.sighting(auctionId)?.isOwn === false).length

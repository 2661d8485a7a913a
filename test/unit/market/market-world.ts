import {
  type AuctionTerms,
  type BidderOptions,
  type BiddingPolicy,
  type BoardOptions,
  createAuctioneer,
  createBidder,
  createBoard,
  createCapacity,
  createPricingPolicy,
  type Standing,
  serveBidDesk,
} from '../../../node/market/index.ts'
import type { Address } from '../../../protocols/common/index.ts'
import type { NodeEvent } from '../../../protocols/control/index.ts'
import { lastBidAt, type PricingPolicy } from '../../../protocols/market/index.ts'
import { hash } from '../../builders/messages.ts'
import { marketDigest } from '../../builders/sale.ts'
import { createSeededChance } from '../../fakes/chance.ts'
import { createFakeClock } from '../../fakes/clock.ts'
import { createRecordingLog } from '../../fakes/log.ts'
import type { MemoryNode } from '../../fakes/memory-network.ts'
import { createMemoryNetwork } from '../../fakes/memory-network.ts'
import { createTestSigner, recoverSigner } from '../../fakes/signer.ts'

export const token = createTestSigner('token').address
export const engineHash = hash(2)
export const START = 1_750_000_000

export const terms = {
  taskHash: hash(1),
  engineHash,
  token,
  maxPrice: 2_000_000n,
  maxFuel: 1_000_000_000n,
  tagsHash: hash(0),
  closesAt: START + 5,
  deliverBy: START + 600,
}

export type AgentOptions = {
  policy?: Partial<PricingPolicy>
  ownPolicy?: BiddingPolicy
  exposure?: bigint
  knowsEveryone?: boolean
  slots?: number
  bidder?: Partial<BidderOptions>
  board?: BoardOptions
  reputationOf?: (agent: Address) => Standing
}

/** Agents over a network in memory, all on one clock; each has the whole market step. */
export const createMarketWorld = () => {
  const clock = createFakeClock(START)
  const network = createMemoryNetwork()
  const agent = (name: string, options: AgentOptions = {}) => {
    const signer = createTestSigner(name)
    const node: MemoryNode = network.join(signer.address)
    const events: NodeEvent[] = []
    const log = createRecordingLog()
    const common = {
      clock,
      log,
      recover: recoverSigner,
      talk: node.talk,
      digest: marketDigest,
      emit: (event: NodeEvent) => void events.push(event),
    }
    const board = createBoard({ ...common, gossip: node.gossip }, options.board)
    const capacity = createCapacity({ clock }, { slots: options.slots ?? 2 })
    const deps = { ...common, board, signer, chance: createSeededChance(name) }
    const { reputationOf } = options
    const auctioneer = createAuctioneer(reputationOf ? { ...deps, reputationOf } : deps)
    serveBidDesk(deps)
    const pricing = {
      basePrice: 10_000n,
      pricePerMfuel: 1_000n,
      minPrice: 0n,
      loadMarginPercent: 0,
      ...options.policy,
    }
    const bidder = createBidder(
      {
        ...deps,
        policy: options.ownPolicy ?? createPricingPolicy(pricing, { maxExposure: 10n ** 12n }),
        capacity,
        exposureTo: () => options.exposure ?? 0n,
        isKnown: () => options.knowsEveryone ?? true,
      },
      {
        engineHash,
        tokens: [token],
        maxFuel: 10n ** 11n,
        speedMfuelPerSecond: 100,
        startupMs: 50,
        ...options.bidder,
      },
    )
    board.start()
    const of = <Type extends NodeEvent['type']>(type: Type) =>
      events.filter((event): event is NodeEvent & { type: Type } => event.type === type)
    return { name, signer, node, board, capacity, auctioneer, bidder, events, of, log }
  }
  const provider = (name: string, options: AgentOptions = {}) => {
    const made = agent(name, options)
    made.bidder.start()
    return made
  }
  return { clock, network, agent, provider }
}

export type MarketWorld = ReturnType<typeof createMarketWorld>
export type MarketAgent = ReturnType<MarketWorld['agent']>

/** Drafts an auction and holds it to its end. */
export const sell = async (
  { clock, network }: MarketWorld,
  { auctioneer }: MarketAgent,
  changes: Partial<AuctionTerms> = {},
) => {
  const { auctionId, ...auction } = auctioneer.draft({ ...terms, ...changes })
  const ended = auctioneer.run(auction, { signal: new AbortController().signal })
  await clock.set(auction.message.closesAt)
  await network.settled()
  await clock.set(lastBidAt(auction.message))
  const ranked = await ended
  await network.settled()
  return { auction, auctionId, ranked }
}

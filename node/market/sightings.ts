import type { Address, Hash, Signed, UnixSeconds } from '../../protocols/common/index.ts'
import type { AuctionView } from '../../protocols/control/index.ts'
import { priceOf, type RankedBid, type Weights } from '../../protocols/market/index.ts'
import { createFairMap, type FairMap } from './fair-map.ts'

/** A verified bid, its price in atomic units, who passed it on, and what this node thought of its agent when it came. */
export type SeenBid = {
  bid: Signed<'Bid'>
  bidHash: Hash
  price: bigint
  source: string
  worth: number
}

/** The digest of a bid that its agent will open after the close. */
export type Commitment = { provider: Address; bidHash: Hash }

const MAX_COMMITMENTS = 1024

/** Where a bid of this node comes from. */
export const OWN = 'own'

/** All that this node knows of one auction. `bids` holds the best of each provider. */
export type Sighting = {
  auctionId: Hash
  auction: Signed<'Auction'>
  isOwn: boolean
  bids: Map<Address, SeenBid>
  /** What each agent committed to, in a sealed auction. */
  commitments: FairMap<Address, Commitment>
  /** What the ranking followed from, once this node has ranked its own auction. */
  transcript: { weights: Weights; ranked: readonly RankedBid[] } | null
  /** Hash of the bid awarded last; null before any award. */
  awarded: Hash | null
  /** `collecting` while this node gathers bids for it; `noted` when there is nothing more to say. */
  standing: 'collecting' | 'noted' | 'unsold' | 'cancelled'
}

/** Forgets the oldest auctions first, but none that this node is gathering bids for. */
export const createSightings = (max: number): FairMap<Hash, Sighting> =>
  createFairMap(max, ({ standing }) => standing === 'collecting')

export const newSighting = (
  auctionId: Hash,
  auction: Signed<'Auction'>,
  isOwn: boolean,
): Sighting => ({
  auctionId,
  auction,
  isOwn,
  bids: new Map(),
  commitments: createFairMap(MAX_COMMITMENTS),
  transcript: null,
  awarded: null,
  standing: 'noted',
})

const isBetter = (a: SeenBid, b: SeenBid): boolean =>
  a.price < b.price || (a.price === b.price && a.bid.message.etaMs < b.bid.message.etaMs)

const dearest = (bids: Iterable<SeenBid>): SeenBid | undefined => {
  let worst: SeenBid | undefined
  for (const bid of bids) if (!worst || isBetter(worst, bid)) worst = bid
  return worst
}

/** The bids that came by way of whoever passed on the most: a flood pushes out its own. */
const largestShare = (bids: readonly SeenBid[]): readonly SeenBid[] => {
  const shares = Map.groupBy(bids, ({ source }) => source)
  return [...shares.values()].reduce((most, share) => (share.length > most.length ? share : most))
}

/** How many bids an auction keeps, and what this node thinks of those who made them. */
export type Room = { maxBids: number; worthOf: (agent: Address) => number }

/** The bids of those who are worth the least: names that nobody knows push out none that are known. */
const leastWorth = (bids: readonly SeenBid[]): readonly SeenBid[] => {
  let least = Number.POSITIVE_INFINITY
  for (const { worth } of bids) if (worth < least) least = worth
  return bids.filter(({ worth }) => worth === least)
}

/** Keeps a bid if it betters its provider's last one, and if there is room or another has to go. True if it was kept. */
export const keepBid = (sighting: Sighting, seen: SeenBid, maxBids: number): boolean => {
  const { bids } = sighting
  const { provider } = seen.bid.message
  const last = bids.get(provider)
  if (last && !isBetter(seen, last)) return false
  bids.set(provider, seen)
  if (bids.size <= maxBids) return true
  const worst = dearest(largestShare(leastWorth([...bids.values()])))
  if (worst) bids.delete(worst.bid.message.provider)
  return worst !== seen
}

const phaseOf = (
  { awarded, standing, auction }: Sighting,
  now: UnixSeconds,
): AuctionView['phase'] => {
  if (awarded) return 'awarded'
  if (standing === 'unsold' || standing === 'cancelled') return standing
  return now < auction.message.closesAt ? 'open' : 'closed'
}

const winnerOf = ({ awarded, bids }: Sighting): Address | null =>
  [...bids.values()].find(({ bidHash }) => bidHash === awarded)?.bid.message.provider ?? null

/** An auction as the control port shows it; bids cheapest first. */
export const viewOf = (sighting: Sighting, now: UnixSeconds): AuctionView => {
  const { requester, taskHash, maxPrice, maxFuel, closesAt, deliverBy } = sighting.auction.message
  const bids = [...sighting.bids.values()].sort((a, b) => (isBetter(a, b) ? -1 : 1))
  return {
    auctionId: sighting.auctionId,
    isOwn: sighting.isOwn,
    phase: phaseOf(sighting, now),
    requester,
    taskHash,
    maxPrice: String(maxPrice),
    maxFuel: String(maxFuel),
    closesAt,
    deliverBy,
    bids: bids.map(({ bid: { message }, bidHash, price }) => ({
      bidHash,
      provider: message.provider,
      basePrice: String(message.basePrice),
      pricePerMfuel: String(message.pricePerMfuel),
      price: String(price),
      etaMs: message.etaMs,
    })),
    winner: winnerOf(sighting),
  }
}

/** A signed bid with all that its place in the book depends on. */
export const seenBidOf = (
  { bid, bidHash, source }: Pick<SeenBid, 'bid' | 'bidHash' | 'source'>,
  auction: Signed<'Auction'>,
  worthOf: Room['worthOf'],
): SeenBid => ({
  ...{ bid, bidHash, source },
  price: priceOf(bid.message, auction.message.maxFuel),
  worth: worthOf(bid.message.provider),
})

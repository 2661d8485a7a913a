import type { Address, Hash, Signed, UnixSeconds } from '../../protocols/common/index.ts'
import type { AuctionView } from '../../protocols/control/index.ts'
import { priceOf } from '../../protocols/market/index.ts'
import { type BoundedMap, createBoundedMap } from './bounded-map.ts'

/** A verified bid and its price in atomic units. */
export type SeenBid = { bid: Signed<'Bid'>; bidHash: Hash; price: bigint }

/** All that this node knows of one auction. `bids` holds the best of each provider. */
export type Sighting = {
  auctionId: Hash
  auction: Signed<'Auction'>
  isOwn: boolean
  bids: Map<Address, SeenBid>
  /** Hash of the bid awarded last; null before any award. */
  awarded: Hash | null
  /** `collecting` while this node gathers bids for it; `noted` when there is nothing more to say. */
  standing: 'collecting' | 'noted' | 'unsold' | 'cancelled'
}

/** Forgets the oldest auctions first, but none that this node is gathering bids for. */
export const createSightings = (max: number): BoundedMap<Hash, Sighting> =>
  createBoundedMap(max, ({ standing }) => standing === 'collecting')

export const newSighting = (
  auctionId: Hash,
  auction: Signed<'Auction'>,
  isOwn: boolean,
): Sighting => ({ auctionId, auction, isOwn, bids: new Map(), awarded: null, standing: 'noted' })

const isBetter = (a: SeenBid, b: SeenBid): boolean =>
  a.price < b.price || (a.price === b.price && a.bid.message.etaMs < b.bid.message.etaMs)

const dearest = (bids: Iterable<SeenBid>): SeenBid | undefined => {
  let worst: SeenBid | undefined
  for (const bid of bids) if (!worst || isBetter(worst, bid)) worst = bid
  return worst
}

/** Keeps a bid if it betters its provider's last one and there is room, or a dearer one to push out. True if it was kept. */
export const keepBid = (sighting: Sighting, seen: SeenBid, maxProviders: number): boolean => {
  const { provider } = seen.bid.message
  const last = sighting.bids.get(provider)
  if (last) {
    if (!isBetter(seen, last)) return false
  } else if (sighting.bids.size >= maxProviders) {
    const worst = dearest(sighting.bids.values())
    if (!worst || !isBetter(seen, worst)) return false
    sighting.bids.delete(worst.bid.message.provider)
  }
  sighting.bids.set(provider, seen)
  return true
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

/** A signed bid with its hash and its price for the auction it is on. */
export const seenBidOf = (
  bid: Signed<'Bid'>,
  bidHash: Hash,
  auction: Signed<'Auction'>,
): SeenBid => ({ bid, bidHash, price: priceOf(bid.message, auction.message.maxFuel) })

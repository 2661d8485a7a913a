import type { Hash, Signed } from '../../protocols/common/index.ts'
import { encodeSigned } from '../../protocols/common/index.ts'
import type { Gossip } from '../ports/index.ts'
import type { BoardState } from './intake.ts'
import { keepBid, OWN, seenBidOf } from './sightings.ts'

type Recipients = { recipients: number }

/** How this node speaks on the market's topics. What it says is noted first: gossip never comes back to its author. */
export type Publisher = {
  publishAuction(auction: Signed<'Auction'>): Promise<Recipients>
  publishCancel(cancel: Signed<'CancelAuction'>): Promise<Recipients>
  /** Notes an own bid that nobody else is to hear of yet. */
  noteBid(bid: Signed<'Bid'>, bidHash: Hash): void
  publishBid(bid: Signed<'Bid'>, bidHash: Hash): Promise<Recipients>
  publishSealedBid(sealed: Signed<'SealedBid'>): Promise<Recipients>
  publishAward(award: Signed<'Award'>): Promise<Recipients>
  publishComplaint(complaint: Signed<'Complaint'>): Promise<Recipients>
}

export const createPublisher = (gossip: Gossip, state: BoardState): Publisher => {
  const { digest, room, seen, sightings } = state
  const noteBid = (bid: Signed<'Bid'>, bidHash: Hash): void => {
    const sighting = sightings.get(bid.message.auctionId)
    seen.set(bidHash, true, OWN)
    if (sighting) {
      const own = seenBidOf({ bid, bidHash, source: OWN }, sighting.auction, room.worthOf)
      keepBid(sighting, own, room.maxBids)
    }
  }
  return {
    publishAuction: (auction) => gossip.publish('auctions', encodeSigned('Auction', auction)),
    publishCancel: (cancel) => gossip.publish('auctions', encodeSigned('CancelAuction', cancel)),
    noteBid,
    publishBid: (bid, bidHash) => {
      noteBid(bid, bidHash)
      return gossip.publish('bids', encodeSigned('Bid', bid))
    },
    publishSealedBid: (sealed) => {
      const { auctionId, provider, commitment } = sealed.message
      const sighting = sightings.get(auctionId)
      seen.set(digest('SealedBid', sealed.message), true, OWN)
      sighting?.commitments.set(provider, { provider, bidHash: commitment }, OWN)
      return gossip.publish('bids', encodeSigned('SealedBid', sealed))
    },
    publishAward: (award) => {
      const sighting = sightings.get(award.message.auctionId)
      if (sighting) sighting.awarded = award.message.bidHash
      return gossip.publish('awards', encodeSigned('Award', award))
    },
    publishComplaint: (complaint) => {
      seen.set(digest('Complaint', complaint.message), true, OWN)
      return gossip.publish('complaints', encodeSigned('Complaint', complaint))
    },
  }
}

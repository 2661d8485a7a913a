import type { Address, Hash, PeerId, Signed, Verdict } from '../../protocols/common/index.ts'
import { accept, ignore } from '../../protocols/common/index.ts'
import {
  type BidContext,
  type BidMessage,
  type BidPath,
  type GossipFault,
  judgeBid,
  judgeSealedBid,
} from '../../protocols/market/index.ts'
import { type BoardState, contextOf } from './intake.ts'
import { keepBid, type Sighting, seenBidOf } from './sightings.ts'

/** Where a bid came from, and on which way. */
export type BidOrigin = { from: PeerId; path: BidPath }

const bidContext = (
  state: BoardState,
  hash: Hash,
  { sighting, path }: { sighting: Sighting | undefined; path: BidPath },
): BidContext => ({
  ...contextOf(state, hash),
  auction: sighting?.auction.message,
  path,
  commitmentOf: (provider: Address) => sighting?.commitments.get(provider)?.bidHash,
})

/** Judges a bid and keeps it if it betters what its provider offered before. A worse one is still passed on: others may not know better. */
const takeBid = (
  state: BoardState,
  bid: Signed<'Bid'>,
  { from, path }: BidOrigin,
): Verdict<GossipFault> => {
  const bidHash = state.digest('Bid', bid.message)
  const sighting = state.sightings.get(bid.message.auctionId)
  const verdict = judgeBid(bid, bidContext(state, bidHash, { sighting, path }))
  if (verdict.action !== 'accept') return verdict
  if (!state.mayAgentSend(bid.message.provider)) return ignore('AGENT_TOO_FAST')
  state.seen.set(bidHash, true, from)
  if (!sighting) return accept
  const seen = seenBidOf({ bid, bidHash, source: from }, sighting.auction, state.room.worthOf)
  if (keepBid(sighting, seen, state.room.maxBids)) state.tell.bid(sighting, seen)
  return accept
}

/** Judges a commitment and keeps it: the first of each agent. */
const takeSealedBid = (
  state: BoardState,
  sealed: Signed<'SealedBid'>,
  { from, path }: BidOrigin,
): Verdict<GossipFault> => {
  const hash = state.digest('SealedBid', sealed.message)
  const { auctionId, provider, commitment } = sealed.message
  const sighting = state.sightings.get(auctionId)
  const verdict = judgeSealedBid(sealed, bidContext(state, hash, { sighting, path }))
  if (verdict.action !== 'accept') return verdict
  if (!state.mayAgentSend(provider)) return ignore('AGENT_TOO_FAST')
  state.seen.set(hash, true, from)
  sighting?.commitments.set(provider, { provider, bidHash: commitment }, from)
  return accept
}

/** Judges a bid or a commitment that came by gossip or over a stream. */
export const takeBidMessage = (
  state: BoardState,
  message: BidMessage,
  origin: BidOrigin,
): Verdict<GossipFault> =>
  message.kind === 'Bid'
    ? takeBid(state, message.signed, origin)
    : takeSealedBid(state, message.signed, origin)

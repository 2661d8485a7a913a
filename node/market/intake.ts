import type {
  Digester,
  Hash,
  RecoverSigner,
  Signed,
  Verdict,
} from '../../protocols/common/index.ts'
import { accept, ignore } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import {
  type GossipFault,
  type JudgeContext,
  judgeAuction,
  judgeAward,
  judgeBid,
} from '../../protocols/market/index.ts'
import type { Clock } from '../ports/index.ts'
import type { BoundedMap } from './bounded-map.ts'
import type { RateLimit } from './rate-limit.ts'
import { keepBid, newSighting, type SeenBid, type Sighting, seenBidOf } from './sightings.ts'

/** What the board remembers, and whom it tells. */
export type BoardState = {
  sightings: BoundedMap<Hash, Sighting>
  seen: BoundedMap<Hash, true>
  maxBids: number
  mayAgentSend: RateLimit
  clock: Clock
  digest: Digester
  recover: RecoverSigner
  emit: Emit
  tellAuction: (sighting: Sighting) => void
  tellBid: (sighting: Sighting, bid: SeenBid) => void
  tellAward: (sighting: Sighting, award: Signed<'Award'>) => void
}

const contextOf = ({ clock, seen, recover }: BoardState, hash: Hash): JudgeContext => ({
  hash,
  now: clock.now(),
  hasSeen: (known) => seen.has(known),
  recover,
})

/** Judges an announcement and remembers it. An agent's rate is counted only once its signature is known to be its own. */
export const takeAuction = (
  state: BoardState,
  auction: Signed<'Auction'>,
): Verdict<GossipFault> => {
  const auctionId = state.digest('Auction', auction.message)
  const verdict = judgeAuction(auction, contextOf(state, auctionId))
  if (verdict.action !== 'accept') return verdict
  const { requester, maxPrice, closesAt } = auction.message
  if (!state.mayAgentSend(requester)) return ignore('AGENT_TOO_FAST')
  const sighting = newSighting(auctionId, auction, false)
  state.seen.set(auctionId, true)
  state.sightings.set(auctionId, sighting)
  state.emit({ type: 'auction.seen', auctionId, requester, maxPrice: String(maxPrice), closesAt })
  state.tellAuction(sighting)
  return accept
}

/** Judges a bid and keeps it if it betters what its provider offered before. A worse one is still passed on: others may not know better. */
export const takeBid = (state: BoardState, bid: Signed<'Bid'>): Verdict<GossipFault> => {
  const bidHash = state.digest('Bid', bid.message)
  const sighting = state.sightings.get(bid.message.auctionId)
  const auction = sighting?.auction.message
  const verdict = judgeBid(bid, { ...contextOf(state, bidHash), auction })
  if (verdict.action !== 'accept') return verdict
  if (!state.mayAgentSend(bid.message.provider)) return ignore('AGENT_TOO_FAST')
  state.seen.set(bidHash, true)
  if (!sighting) return accept
  const seenBid = seenBidOf(bid, bidHash, sighting.auction)
  if (keepBid(sighting, seenBid, state.maxBids)) state.tellBid(sighting, seenBid)
  return accept
}

/** Judges an award and notes it; the last one counts, because a winner that does not sign is passed over. */
export const takeAward = (state: BoardState, award: Signed<'Award'>): Verdict<GossipFault> => {
  const sighting = state.sightings.get(award.message.auctionId)
  const hash = state.digest('Award', award.message)
  const auction = sighting?.auction.message
  const verdict = judgeAward(award, { ...contextOf(state, hash), auction })
  if (verdict.action !== 'accept' || !sighting) return verdict
  if (!state.mayAgentSend(sighting.auction.message.requester)) return ignore('AGENT_TOO_FAST')
  state.seen.set(hash, true)
  sighting.awarded = award.message.bidHash
  state.tellAward(sighting, award)
  return accept
}

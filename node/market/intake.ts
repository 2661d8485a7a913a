import type {
  Address,
  Digester,
  Hash,
  PeerId,
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
  judgeCancel,
  judgeComplaint,
} from '../../protocols/market/index.ts'
import type { Clock } from '../ports/index.ts'
import type { FairMap } from './fair-map.ts'
import type { RateLimit } from './rate-limit.ts'
import { newSighting, type Room, type SeenBid, type Sighting } from './sightings.ts'

/** Whom the board tells of what it took. */
export type BoardNews = {
  auction: (sighting: Sighting) => void
  bid: (sighting: Sighting, bid: SeenBid) => void
  award: (sighting: Sighting, award: Signed<'Award'>) => void
  cancel: (sighting: Sighting) => void
  complaint: (complaint: Signed<'Complaint'>, by: Address) => void
}

/** What the board remembers, and whom it tells. */
export type BoardState = {
  sightings: FairMap<Hash, Sighting>
  seen: FairMap<Hash, true>
  room: Room
  mayAgentSend: RateLimit
  clock: Clock
  digest: Digester
  recover: RecoverSigner
  emit: Emit
  tell: BoardNews
}

export const contextOf = ({ clock, seen, recover }: BoardState, hash: Hash): JudgeContext => ({
  hash,
  now: clock.now(),
  hasSeen: (known) => seen.has(known),
  recover,
})

/** Judges an announcement and remembers it. An agent's rate is counted only once its signature is known to be its own. */
export const takeAuction = (
  state: BoardState,
  auction: Signed<'Auction'>,
  from: PeerId,
): Verdict<GossipFault> => {
  const auctionId = state.digest('Auction', auction.message)
  const verdict = judgeAuction(auction, contextOf(state, auctionId))
  if (verdict.action !== 'accept') return verdict
  const { requester, maxPrice, closesAt } = auction.message
  if (!state.mayAgentSend(requester)) return ignore('AGENT_TOO_FAST')
  const sighting = newSighting(auctionId, auction, false)
  state.seen.set(auctionId, true, from)
  state.sightings.set(auctionId, sighting, from)
  state.emit({ type: 'auction.seen', auctionId, requester, maxPrice: String(maxPrice), closesAt })
  state.tell.auction(sighting)
  return accept
}

/** Judges an award and notes it; the last one counts, because a winner that does not sign is passed over. */
export const takeAward = (
  state: BoardState,
  award: Signed<'Award'>,
  from: PeerId,
): Verdict<GossipFault> => {
  const sighting = state.sightings.get(award.message.auctionId)
  const hash = state.digest('Award', award.message)
  const auction = sighting?.auction.message
  const verdict = judgeAward(award, { ...contextOf(state, hash), auction })
  if (verdict.action !== 'accept' || !sighting) return verdict
  if (!state.mayAgentSend(sighting.auction.message.requester)) return ignore('AGENT_TOO_FAST')
  state.seen.set(hash, true, from)
  sighting.awarded = award.message.bidHash
  state.tell.award(sighting, award)
  return accept
}

/** Judges a cancellation. Whoever knows of a bid takes none: bidders are held by theirs, and so is the requester. */
export const takeCancel = (
  state: BoardState,
  cancel: Signed<'CancelAuction'>,
  from: PeerId,
): Verdict<GossipFault> => {
  const sighting = state.sightings.get(cancel.message.auctionId)
  const hash = state.digest('CancelAuction', cancel.message)
  const verdict = judgeCancel(cancel, {
    ...contextOf(state, hash),
    auction: sighting?.auction.message,
    hasBids: sighting !== undefined && sighting.bids.size + sighting.commitments.size() > 0,
  })
  if (verdict.action !== 'accept' || !sighting) return verdict
  state.seen.set(hash, true, from)
  sighting.standing = 'cancelled'
  state.tell.cancel(sighting)
  return accept
}

/** Judges a complaint and tells of it. */
export const takeComplaint = (
  state: BoardState,
  complaint: Signed<'Complaint'>,
  from: PeerId,
): Verdict<GossipFault> => {
  const hash = state.digest('Complaint', complaint.message)
  let by: Address | null = null
  const recover: RecoverSigner = (digest, signature) => {
    by = state.recover(digest, signature)
    return by
  }
  const verdict = judgeComplaint(complaint, { ...contextOf(state, hash), recover })
  if (verdict.action !== 'accept' || by === null) return verdict
  if (!state.mayAgentSend(by)) return ignore('AGENT_TOO_FAST')
  state.seen.set(hash, true, from)
  state.tell.complaint(complaint, by)
  return accept
}

import type { Address, Auction, Bid, Hash, Signed, UnixSeconds, Verdict } from '../common/index.ts'
import { accept, ignore, reject, ZERO_ADDRESS, ZERO_HASH } from '../common/index.ts'
import { BIDDING, MAX_BID_SECONDS } from './constants.ts'
import type { GossipFault } from './faults.ts'
import type { JudgeContext } from './judge.ts'
import { priceOf } from './price.ts'

/** How a bid came: to everyone by gossip, or to its requester alone. */
export type BidPath = 'gossip' | 'stream'

/**
 * What a judge of bids must know besides. `auction` is undefined where its announcement has not come by: the bid is then judged by
 * itself, because others may know the auction and hear of the bid only through this node.
 */
export type BidContext = JudgeContext & {
  auction: Auction | undefined
  path: BidPath
  /** The digest that an agent committed to in a sealed auction. */
  commitmentOf: (provider: Address) => Hash | undefined
}

/** Why a well-formed bid cannot win its auction; null when it can. */
export const bidFault = (bid: Bid, auction: Auction): GossipFault | null => {
  if (bid.provider === auction.requester) return 'BID_ON_OWN_AUCTION'
  if (bid.validUntil <= auction.closesAt) return 'BID_ENDS_BEFORE_CLOSE'
  if (priceOf(bid, auction.maxFuel) > auction.maxPrice) return 'PRICE_ABOVE_BUDGET'
  if (auction.closesAt * 1000 + bid.etaMs > auction.deliverBy * 1000) return 'TOO_SLOW'
  return null
}

/** The second from which an auction takes no bids: sealed ones are opened after the close. */
export const lastBidAt = ({ bidding, closesAt, revealBy }: Auction): UnixSeconds =>
  bidding === BIDDING.SEALED ? revealBy : closesAt

const placeFault = (
  bid: Bid,
  auction: Auction,
  { hash, now, path, commitmentOf }: BidContext,
): GossipFault | null => {
  if (lastBidAt(auction) <= now) return 'BID_LATE'
  if (auction.bidding === BIDDING.DIRECT && path === 'gossip') return 'BID_NOT_BY_GOSSIP'
  const isUncommitted = auction.bidding === BIDDING.SEALED && commitmentOf(bid.provider) !== hash
  return isUncommitted ? 'BID_NOT_COMMITTED' : bidFault(bid, auction)
}

/** Whether a bid is worth keeping and passing on. */
export const judgeBid = (
  { message, signature }: Signed<'Bid'>,
  context: BidContext,
): Verdict<GossipFault> => {
  const { hash, now, hasSeen, recover, auction } = context
  if (message.provider === ZERO_ADDRESS) return reject('BID_PROVIDER_EMPTY')
  if (message.validUntil <= now) return ignore('BID_EXPIRED')
  if (message.validUntil > now + MAX_BID_SECONDS) return ignore('BID_TOO_FAR_AHEAD')
  if (hasSeen(hash)) return ignore('SEEN_BEFORE')
  const fault = auction ? placeFault(message, auction, context) : null
  if (fault) return ignore(fault)
  if (recover(hash, signature) !== message.provider) return reject('BAD_SIGNATURE')
  return accept
}

const sealFault = (
  { provider }: Signed<'SealedBid'>['message'],
  auction: Auction,
  { now, commitmentOf }: BidContext,
): GossipFault | null => {
  if (auction.closesAt <= now) return 'BID_LATE'
  if (auction.bidding !== BIDDING.SEALED) return 'BID_NOT_SEALED'
  if (provider === auction.requester) return 'BID_ON_OWN_AUCTION'
  return commitmentOf(provider) === undefined ? null : 'COMMITTED_BEFORE'
}

/** Whether a commitment is worth keeping and passing on: one for each agent, before the close. */
export const judgeSealedBid = (
  { message, signature }: Signed<'SealedBid'>,
  context: BidContext,
): Verdict<GossipFault> => {
  const { hash, hasSeen, recover, auction } = context
  if (message.provider === ZERO_ADDRESS) return reject('BID_PROVIDER_EMPTY')
  if (message.commitment === ZERO_HASH) return reject('COMMITMENT_EMPTY')
  if (hasSeen(hash)) return ignore('SEEN_BEFORE')
  const fault = auction ? sealFault(message, auction, context) : null
  if (fault) return ignore(fault)
  if (recover(hash, signature) !== message.provider) return reject('BAD_SIGNATURE')
  return accept
}

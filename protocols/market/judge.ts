import type {
  Auction,
  Award,
  Bid,
  Hash,
  RecoverSigner,
  Signed,
  UnixSeconds,
  Verdict,
} from '../common/index.ts'
import { accept, ignore, reject, ZERO_ADDRESS, ZERO_HASH } from '../common/index.ts'
import {
  BIDDING,
  MAX_AUCTION_SECONDS,
  MAX_BID_SECONDS,
  MAX_DELIVERY_SECONDS,
  PRICING,
  SETTLEMENT,
} from './constants.ts'
import type { GossipFault } from './faults.ts'
import { priceOf } from './price.ts'

/** What a judge must know besides the message: its EIP-712 digest, the time, and what came before. */
export type JudgeContext = {
  hash: Hash
  now: UnixSeconds
  hasSeen: (hash: Hash) => boolean
  recover: RecoverSigner
}

const isOneOf = (values: Readonly<Record<string, number>>, value: number): boolean =>
  Object.values(values).includes(value)

const isKindKnown = ({ pricing, bidding, settlement }: Auction): boolean =>
  isOneOf(PRICING, pricing) && isOneOf(BIDDING, bidding) && isOneOf(SETTLEMENT, settlement)

const isTaskNamed = ({ taskHash, requester, maxFuel }: Auction): boolean =>
  taskHash !== ZERO_HASH && requester !== ZERO_ADDRESS && maxFuel > 0n

// Only sealed bids are revealed; for others revealBy is 0.
const areTimesOrdered = ({ closesAt, revealBy, deliverBy, bidding }: Auction): boolean =>
  bidding === BIDDING.SEALED
    ? closesAt < revealBy && revealBy < deliverBy
    : revealBy === 0 && closesAt < deliverBy

/** Whether an announced auction is worth keeping and passing on. */
export const judgeAuction = (
  { message, signature }: Signed<'Auction'>,
  { hash, now, hasSeen, recover }: JudgeContext,
): Verdict<GossipFault> => {
  if (!isKindKnown(message)) return reject('AUCTION_KIND_UNKNOWN')
  if (!isTaskNamed(message)) return reject('AUCTION_TASK_EMPTY')
  if (!areTimesOrdered(message)) return reject('AUCTION_TIMES_DISORDERED')
  if (message.closesAt <= now) return ignore('AUCTION_CLOSED')
  if (message.closesAt > now + MAX_AUCTION_SECONDS) return ignore('AUCTION_TOO_FAR_AHEAD')
  if (message.deliverBy > now + MAX_DELIVERY_SECONDS) return ignore('AUCTION_TOO_FAR_AHEAD')
  if (hasSeen(hash)) return ignore('SEEN_BEFORE')
  if (recover(hash, signature) !== message.requester) return reject('BAD_SIGNATURE')
  return accept
}

/** Why a well-formed bid cannot win its auction; null when it can. */
export const bidFault = (bid: Bid, auction: Auction): GossipFault | null => {
  if (bid.provider === auction.requester) return 'BID_ON_OWN_AUCTION'
  if (bid.validUntil <= auction.closesAt) return 'BID_ENDS_BEFORE_CLOSE'
  if (priceOf(bid, auction.maxFuel) > auction.maxPrice) return 'PRICE_ABOVE_BUDGET'
  if (auction.closesAt * 1000 + bid.etaMs > auction.deliverBy * 1000) return 'TOO_SLOW'
  return null
}

/**
 * Whether a bid is worth passing on. `auction` is undefined where its announcement has not come by: the bid is then judged by itself,
 * because others may know the auction and hear of the bid only through this node.
 */
export const judgeBid = (
  { message, signature }: Signed<'Bid'>,
  { hash, now, hasSeen, recover, auction }: JudgeContext & { auction: Auction | undefined },
): Verdict<GossipFault> => {
  if (message.provider === ZERO_ADDRESS) return reject('BID_PROVIDER_EMPTY')
  if (message.validUntil <= now) return ignore('BID_EXPIRED')
  if (message.validUntil > now + MAX_BID_SECONDS) return ignore('BID_TOO_FAR_AHEAD')
  if (auction && auction.closesAt <= now) return ignore('BID_LATE')
  if (hasSeen(hash)) return ignore('SEEN_BEFORE')
  const fault = auction ? bidFault(message, auction) : null
  if (fault) return ignore(fault)
  if (recover(hash, signature) !== message.provider) return reject('BAD_SIGNATURE')
  return accept
}

const isAwardNamed = ({ bidHash, auctionId }: Award): boolean =>
  bidHash !== ZERO_HASH && auctionId !== ZERO_HASH

/** Whether an award is worth passing on. Only the auction says who may award it, so without the auction there is no telling. */
export const judgeAward = (
  { message, signature }: Signed<'Award'>,
  { hash, now, hasSeen, recover, auction }: JudgeContext & { auction: Auction | undefined },
): Verdict<GossipFault> => {
  if (!isAwardNamed(message)) return reject('AWARD_BID_EMPTY')
  if (!auction) return ignore('AUCTION_UNKNOWN')
  if (auction.deliverBy <= now) return ignore('AWARD_LATE')
  if (hasSeen(hash)) return ignore('SEEN_BEFORE')
  if (recover(hash, signature) !== auction.requester) return reject('BAD_SIGNATURE')
  return accept
}

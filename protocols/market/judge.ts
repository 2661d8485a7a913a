import type {
  Auction,
  Award,
  Hash,
  RecoverSigner,
  Signed,
  UnixSeconds,
  Verdict,
} from '../common/index.ts'
import { accept, ignore, reject, ZERO_ADDRESS, ZERO_HASH } from '../common/index.ts'
import {
  BIDDING,
  COMPLAINT_REASON,
  MAX_AUCTION_SECONDS,
  MAX_DELIVERY_SECONDS,
  PRICING,
  SETTLEMENT,
} from './constants.ts'
import type { GossipFault } from './faults.ts'

/** What a judge must know besides the message: its EIP-712 digest, the time, and what came before. */
export type JudgeContext = {
  hash: Hash
  now: UnixSeconds
  hasSeen: (hash: Hash) => boolean
  recover: RecoverSigner
}

export const isOneOf = (values: Readonly<Record<string, number>>, value: number): boolean =>
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

const isAwardNamed = ({ bidHash, auctionId }: Award): boolean =>
  bidHash !== ZERO_HASH && auctionId !== ZERO_HASH

/** Whether a cancellation ends its auction: only its requester may, before anyone is known to have bid. */
export const judgeCancel = (
  { message, signature }: Signed<'CancelAuction'>,
  {
    hash,
    now,
    hasSeen,
    recover,
    auction,
    hasBids,
  }: JudgeContext & { auction: Auction | undefined; hasBids: boolean },
): Verdict<GossipFault> => {
  if (message.auctionId === ZERO_HASH) return reject('CANCEL_EMPTY')
  if (!auction) return ignore('AUCTION_UNKNOWN')
  if (auction.closesAt <= now) return ignore('AUCTION_CLOSED')
  if (hasBids) return ignore('CANCEL_AFTER_BID')
  if (hasSeen(hash)) return ignore('SEEN_BEFORE')
  if (recover(hash, signature) !== auction.requester) return reject('BAD_SIGNATURE')
  return accept
}

/** Whether a complaint is worth passing on: it warns of someone, and proves nothing. */
export const judgeComplaint = (
  { message, signature }: Signed<'Complaint'>,
  { hash, hasSeen, recover }: Omit<JudgeContext, 'now'>,
): Verdict<GossipFault> => {
  if (message.agreementHash === ZERO_HASH) return reject('COMPLAINT_EMPTY')
  if (!isOneOf(COMPLAINT_REASON, message.reason)) return reject('COMPLAINT_REASON_UNKNOWN')
  if (hasSeen(hash)) return ignore('SEEN_BEFORE')
  if (recover(hash, signature) === null) return reject('BAD_SIGNATURE')
  return accept
}

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

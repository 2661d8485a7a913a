import type {
  Agreement,
  Amount,
  Auction,
  Award,
  Bid,
  Fuel,
  Hash,
  UnixSeconds,
} from '../common/index.ts'
import { ZERO_HASH } from '../common/index.ts'
import { MAX_REVIEW_SECONDS, MAX_SLICES, PRICING, SETTLEMENT } from './constants.ts'
import type { AgreementFault } from './faults.ts'
import { priceOf } from './price.ts'

/** What an agreement follows from; `auctionId` and `bidHash` are the digests of auction and bid. */
export type Sale = { auction: Auction; auctionId: Hash; bid: Bid; bidHash: Hash; award: Award }

/** What the requester adds to the sale. `sliceFuel` and `prepaid` come from sliceFuelOf and prepaidOf; channelId is the zero hash for escrow. */
export type AgreementChoices = {
  channelId: Hash
  startBy: UnixSeconds
  reviewSeconds: number
  sliceFuel: Fuel
  prepaid: Amount
  salt: Hash
  providerSeq?: bigint
}

/** The agreement that follows from a sale. Its maxPrice is the awarded price, not the auction's budget. */
export const agreementTerms = (
  { auction, auctionId, bid, award }: Sale,
  { channelId, startBy, reviewSeconds, sliceFuel, prepaid, salt, providerSeq }: AgreementChoices,
): Agreement => ({
  auctionId,
  taskHash: auction.taskHash,
  engineHash: auction.engineHash,
  requester: auction.requester,
  provider: bid.provider,
  token: auction.token,
  basePrice: award.basePrice,
  pricePerMfuel: award.pricePerMfuel,
  maxPrice: priceOf(award, auction.maxFuel),
  maxFuel: auction.maxFuel,
  sliceFuel,
  prepaid,
  startBy,
  deliverBy: auction.deliverBy,
  reviewSeconds,
  settlement: auction.settlement,
  channelId,
  stake: auction.requiredStake,
  providerSeq: providerSeq ?? 0n,
  salt,
})

// First price pays the bid; second price scales it up, never down.
const isPricedAs = (award: Award, bid: Bid, pricing: number): boolean =>
  pricing === PRICING.SECOND
    ? award.basePrice >= bid.basePrice && award.pricePerMfuel >= bid.pricePerMfuel
    : award.basePrice === bid.basePrice && award.pricePerMfuel === bid.pricePerMfuel

const saleFault = ({ auction, auctionId, bid, bidHash, award }: Sale): AgreementFault | null => {
  if (bid.auctionId !== auctionId) return 'BID_MISMATCH'
  if (award.auctionId !== auctionId || award.bidHash !== bidHash) return 'AWARD_MISMATCH'
  if (!isPricedAs(award, bid, auction.pricing)) return 'PRICE_MISMATCH'
  if (priceOf(award, auction.maxFuel) > auction.maxPrice) return 'PRICE_ABOVE_BUDGET'
  return null
}

type Clause = [holds: boolean, fault: AgreementFault]

const firstBroken = (clauses: readonly Clause[]): AgreementFault | null =>
  clauses.find(([holds]) => !holds)?.[1] ?? null

const copyFault = (agreement: Agreement, { auction, auctionId, bid, award }: Sale) =>
  firstBroken([
    [agreement.auctionId === auctionId, 'AUCTION_MISMATCH'],
    [agreement.taskHash === auction.taskHash, 'TASK_MISMATCH'],
    [agreement.engineHash === auction.engineHash, 'ENGINE_MISMATCH'],
    [agreement.requester === auction.requester, 'REQUESTER_MISMATCH'],
    [agreement.provider === bid.provider, 'PROVIDER_MISMATCH'],
    [agreement.token === auction.token, 'TOKEN_MISMATCH'],
    [agreement.basePrice === award.basePrice, 'PRICE_MISMATCH'],
    [agreement.pricePerMfuel === award.pricePerMfuel, 'PRICE_MISMATCH'],
    [agreement.maxPrice === priceOf(award, auction.maxFuel), 'PRICE_MISMATCH'],
    [agreement.maxFuel === auction.maxFuel, 'FUEL_MISMATCH'],
    [agreement.deliverBy === auction.deliverBy, 'DELIVERY_MISMATCH'],
    [agreement.settlement === auction.settlement, 'SETTLEMENT_MISMATCH'],
    [agreement.stake === auction.requiredStake, 'STAKE_MISMATCH'],
  ])

export const areSlicesSane = ({ sliceFuel, maxFuel }: Agreement): boolean =>
  sliceFuel > 0n && sliceFuel <= maxFuel && sliceFuel * MAX_SLICES >= maxFuel

const choiceFault = (agreement: Agreement, { wallMs, now, bid, auction }: AgreementContext) => {
  const { startBy, deliverBy, settlement, channelId } = agreement
  return firstBroken([
    [areSlicesSane(agreement), 'SLICES_INVALID'],
    [agreement.prepaid <= agreement.maxPrice, 'PREPAID_ABOVE_PRICE'],
    [startBy > auction.closesAt, 'START_PASSED'],
    [startBy * 1000 + wallMs <= deliverBy * 1000, 'START_TOO_LATE'],
    [agreement.reviewSeconds <= MAX_REVIEW_SECONDS, 'REVIEW_TOO_LONG'],
    [(settlement === SETTLEMENT.CHANNEL) === (channelId !== ZERO_HASH), 'CHANNEL_MISMATCH'],
    [bid.validUntil >= now, 'BID_EXPIRED'],
    [startBy > now, 'START_PASSED'],
  ])
}

/** `wallMs` is the limit of the task's manifest, `now` the time of the one who checks. */
export type AgreementContext = Sale & { wallMs: number; now: UnixSeconds }

/** Compares every field of an agreement with the sale that it claims to follow; null when all is right. */
export const checkAgreement = (
  agreement: Agreement,
  context: AgreementContext,
): AgreementFault | null =>
  saleFault(context) ?? copyFault(agreement, context) ?? choiceFault(agreement, context)

import type { Address, Amount, Auction, Fuel, Hash } from '../../protocols/common/index.ts'
import {
  type DeclineCode,
  type Quote,
  type Rates,
  SETTLEMENT,
} from '../../protocols/market/index.ts'
import { askPolicy, type BidFacts, type PolicyCall } from './policy.ts'

/** What this machine takes on, and how fast it is. */
export type Offering = {
  engineHash: Hash
  tokens: readonly Address[]
  maxFuel: Fuel
  /** Million units of fuel per second, measured or declared. */
  speedMfuelPerSecond: number
  /** Milliseconds before a task starts: fetching, checking, compiling. */
  startupMs: number
}

export type BidContext = {
  offering: Offering
  policy: PolicyCall
  facts: BidFacts
  /** Most bids open at once with one requester. */
  maxOpenPerRequester: number
}

/** A bid to be: rates, the price they come to for the whole fuel, and milliseconds until delivery. */
export type BidTerms = Rates & { price: Amount; etaMs: number }
export type BidDecision = BidTerms | { declined: DeclineCode }

const MAX_ETA_MS = 2n ** 32n - 1n

/** Milliseconds until delivery at this machine's speed, rounded up; counts the whole fuel on offer. */
export const etaMsOf = (maxFuel: Fuel, { speedMfuelPerSecond, startupMs }: Offering): bigint => {
  const fuelPerMs = BigInt(Math.max(1, Math.round(speedMfuelPerSecond * 1000)))
  return BigInt(Math.ceil(startupMs)) + (maxFuel + fuelPerMs - 1n) / fuelPerMs
}

const isSupported = ({ settlement }: Auction): boolean => settlement === SETTLEMENT.CHANNEL

const reasonToDecline = (auction: Auction, context: BidContext): DeclineCode | null => {
  const { facts, maxOpenPerRequester, offering } = context
  if (!isSupported(auction)) return 'AUCTION_KIND_UNSUPPORTED'
  if (auction.engineHash !== offering.engineHash) return 'ENGINE_MISMATCH'
  if (!offering.tokens.includes(auction.token)) return 'TOKEN_NOT_ALLOWED'
  if (auction.maxFuel > offering.maxFuel) return 'LIMITS_TOO_HIGH'
  if (auction.requiredStake > 0n) return 'STAKE_TOO_HIGH'
  if (facts.openWithRequester >= maxOpenPerRequester) return 'TOO_MANY_FROM_REQUESTER'
  return null
}

const bidTerms = (quoted: Quote, facts: BidFacts, etaMs: number): BidDecision => {
  if ('declined' in quoted) return quoted
  return facts.freePlaces <= 0 ? { declined: 'NO_CAPACITY' } : { ...quoted, etaMs }
}

/** Rates and time for an auction, or why there is no bid on it. At once where the policy answers at once. */
export const decideBid = (
  auction: Auction,
  context: BidContext,
): BidDecision | Promise<BidDecision> => {
  const reason = reasonToDecline(auction, context)
  if (reason) return { declined: reason }
  const eta = etaMsOf(auction.maxFuel, context.offering)
  const timeMs = BigInt(auction.deliverBy - auction.closesAt) * 1000n
  if (eta > timeMs || eta > MAX_ETA_MS) return { declined: 'TOO_SLOW' }
  const { facts, policy } = context
  const quoted = askPolicy(policy, auction, facts)
  return quoted instanceof Promise
    ? quoted.then((known) => bidTerms(known, facts, Number(eta)))
    : bidTerms(quoted, facts, Number(eta))
}

import type { Address, Amount, Auction } from '../../protocols/common/index.ts'
import { MAX_AMOUNT } from '../../protocols/common/index.ts'
import {
  type PricingPolicy,
  priceOf,
  type Quote,
  quote,
  type Rates,
} from '../../protocols/market/index.ts'
import type { Clock, Log } from '../ports/index.ts'

/** What an owner's policy may look at besides the auction. */
export type BidFacts = {
  /** Places for tasks in use, in percent. */
  loadPercent: number
  freePlaces: number
  /** Bids of this node that are open with the same requester. */
  openWithRequester: number
  /** Work for the same requester that is done and not paid yet, at most, in atomic units. */
  exposure: Amount
}

/**
 * What this node asks for a task: rates in atomic units, or null where it does not want the task. Whether the task fits this machine at
 * all, and whether the price is within the budget, is checked around it.
 */
export type BiddingPolicy = {
  ratesFor(
    auction: Auction,
    facts: BidFacts,
  ): (Rates | { declined: string } | null) | Promise<Rates | { declined: string } | null>
}

/** The policy that comes with the node: a base and a price per Mfuel, a margin that grows with the load, a minimum, a limit of trust. */
export const createPricingPolicy = (
  pricing: PricingPolicy,
  { maxExposure }: { maxExposure: Amount },
): BiddingPolicy => ({
  ratesFor: (auction, { exposure, loadPercent }) =>
    exposure >= maxExposure
      ? { declined: 'EXPOSURE_TOO_HIGH' }
      : quote(pricing, auction, loadPercent),
})

/** How an owner's own policy is called: late or broken answers cost one bid, not the node. */
export type PolicyCall = {
  policy: BiddingPolicy
  clock: Clock
  log: Log
  /** For one answer, in milliseconds. */
  timeoutMs: number
}

const DECLINES = new Set(['PRICE_ABOVE_BUDGET', 'EXPOSURE_TOO_HIGH', 'NO_CAPACITY'])

const isAmount = (value: unknown): value is Amount =>
  typeof value === 'bigint' && value >= 0n && value <= MAX_AMOUNT

const isDecline = (answer: object | null): answer is { declined: string } | null =>
  answer === null || 'declined' in answer

const quoteFrom = (answer: Rates | { declined: string } | null, auction: Auction): Quote => {
  if (isDecline(answer)) {
    const isKnown = answer !== null && DECLINES.has(answer.declined)
    return { declined: isKnown ? (answer.declined as 'NO_CAPACITY') : 'POLICY_DECLINED' }
  }
  const { basePrice, pricePerMfuel } = answer
  if (!isAmount(basePrice) || !isAmount(pricePerMfuel)) return { declined: 'POLICY_FAILED' }
  const price = priceOf({ basePrice, pricePerMfuel }, auction.maxFuel)
  if (price > auction.maxPrice) return { declined: 'PRICE_ABOVE_BUDGET' }
  return { basePrice, pricePerMfuel, price }
}

const failed = ({ log }: PolicyCall, requester: Address, error: unknown): Quote => {
  log.warn({ requester, error }, 'the bidding policy failed')
  return { declined: 'POLICY_FAILED' }
}

/** Asks the policy and checks what it says. At once where the policy answers at once. */
export const askPolicy = (
  call: PolicyCall,
  auction: Auction,
  facts: BidFacts,
): Quote | Promise<Quote> => {
  const { clock, policy, timeoutMs } = call
  const refuse = (error: unknown) => failed(call, auction.requester, error)
  try {
    const answer = policy.ratesFor(auction, facts)
    if (!(answer instanceof Promise)) return quoteFrom(answer, auction)
    const over = new AbortController()
    const late = clock
      .wait(timeoutMs, { signal: over.signal })
      .then(() => Promise.reject(new Error(`no answer within ${timeoutMs} ms`)))
    late.catch(() => undefined)
    return Promise.race([answer.then((rates) => quoteFrom(rates, auction)), late])
      .catch(refuse)
      .finally(() => over.abort())
  } catch (error) {
    return refuse(error)
  }
}

import type { Address, Hash, Signed, UnixSeconds } from '../../protocols/common/index.ts'
import { toHex } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import { lastBidAt } from '../../protocols/market/index.ts'
import type { Chance } from '../ports/index.ts'
import { auditAward } from './auditing.ts'
import { type BidDecision, type BidTerms, decideBid, type Offering } from './bid-decision.ts'
import { type SendingDeps, sendBid } from './bid-sending.ts'
import { type BoundedMap, createBoundedMap } from './bounded-map.ts'
import type { Capacity } from './capacity.ts'
import type { BiddingPolicy, BidFacts } from './policy.ts'
import { createRateLimit } from './rate-limit.ts'
import type { Sighting } from './sightings.ts'

export type BidderDeps = SendingDeps & {
  chance: Chance
  emit: Emit
  policy: BiddingPolicy
  capacity: Capacity
  /** Whether there was business with an agent before, or money of it is locked up. */
  isKnown?: (requester: Address) => boolean
  /** Work for a requester that is not paid yet, at most, in atomic units. */
  exposureTo?: (requester: Address) => bigint
}

export type BidderOptions = Offering & {
  /** How long a bid binds after the close, in seconds. */
  bidValidSeconds?: number
  /** Bids open at once with one requester. */
  maxOpenPerRequester?: number
  /** For an answer of the policy, in milliseconds. */
  policyTimeoutMs?: number
}

/** Bids on what it hears of, by its owner's policy. A bid needs no memory: an offer brings it back, signed. */
export type Bidder = { start(): void; stop(): void }

type OpenBid = {
  auctionId: Hash
  bidHash: Hash
  requester: Address
  validUntil: UnixSeconds
  isAcked: boolean
}
type OpenBids = BoundedMap<Hash, OpenBid>

const MAX_OPEN = 4096
/** A quarter of what others take from one agent. */
const STRANGER_RATE = { perSecond: 5, burst: 50 }

// Places are not released here: the capacity forgets them by itself, and a won one may be held on by whoever runs the task.
const forgetExpired = (open: OpenBids, now: UnixSeconds): void => {
  for (const { auctionId, validUntil } of open.values()) {
    if (validUntil <= now) open.delete(auctionId)
  }
}

const countOpen = (open: OpenBids, requester: Address): number =>
  [...open.values()].filter((bid) => bid.requester === requester).length

const signBid = (
  { signer, chance, digest }: BidderDeps,
  auctionId: Hash,
  { basePrice, pricePerMfuel, etaMs, validUntil }: BidTerms & { validUntil: UnixSeconds },
) => {
  const message = {
    auctionId,
    provider: signer.address,
    basePrice,
    pricePerMfuel,
    etaMs,
    validUntil,
    salt: toHex(chance.bytes(32)),
  }
  const bidHash = digest('Bid', message)
  return { bid: { message, signature: signer.sign(bidHash) }, bidHash }
}

const factsOf = (
  { capacity, exposureTo = () => 0n }: BidderDeps,
  open: OpenBids,
  { requester, isStranger }: { requester: Address; isStranger: boolean },
): BidFacts => ({
  loadPercent: capacity.load(),
  freePlaces: isStranger ? capacity.freeForStrangers() : capacity.free(),
  openWithRequester: countOpen(open, requester),
  exposure: exposureTo(requester),
})

type Considered = { sighting: Sighting; isStranger: boolean }
type Placing = { sighting: Sighting; terms: BidTerms; validUntil: UnixSeconds; signal: AbortSignal }

const place = async (
  deps: BidderDeps,
  open: OpenBids,
  { sighting, terms, validUntil, signal }: Placing,
): Promise<void> => {
  const { auctionId, auction } = sighting
  const { requester } = auction.message
  const { bid, bidHash } = signBid(deps, auctionId, { ...terms, validUntil })
  const { provider, etaMs } = bid.message
  const own = { auctionId, bidHash, requester, validUntil, isAcked: false }
  open.set(auctionId, own)
  const price = String(terms.price)
  deps.emit({ type: 'bid.placed', auctionId, bidHash, provider, price, etaMs })
  try {
    own.isAcked = await sendBid(deps, sighting, { bid, bidHash, signal })
  } catch (error) {
    if (signal.aborted) return
    deps.log.warn({ error, auctionId }, 'bid not sent')
    open.delete(auctionId)
    deps.capacity.release(auctionId)
  }
}

/** What becomes of the places and bids of auctions that are over. */
const afterBids = (deps: BidderDeps, open: OpenBids) => {
  const { capacity } = deps
  // The place of a won auction stays held until the bid expires: whoever answers the offer takes it over.
  const hearAward = (sighting: Sighting, award: Signed<'Award'>): void => {
    const { auctionId } = sighting
    const own = open.get(auctionId)
    if (!own) return
    open.delete(auctionId)
    if (award.message.bidHash === own.bidHash) return
    capacity.release(auctionId)
    if (own.isAcked) void auditAward(deps, sighting, { award, expected: own.bidHash })
  }

  const hearCancel = ({ auctionId }: Sighting): void => {
    if (open.get(auctionId)) capacity.release(auctionId)
    open.delete(auctionId)
  }

  return { hearAward, hearCancel }
}

export const createBidder = (
  deps: BidderDeps,
  {
    bidValidSeconds = 60,
    maxOpenPerRequester = 64,
    policyTimeoutMs = 1_000,
    ...offering
  }: BidderOptions,
): Bidder => {
  const { board, signer, clock, log, emit, policy, capacity, isKnown = () => true } = deps
  const open: OpenBids = createBoundedMap(MAX_OPEN)
  let unsubscribe: (() => void)[] = []
  let stopping = new AbortController()

  // Bids count against this agent's rate at everyone else: made-up requesters must not use it up.
  const mayBidToStranger = createRateLimit(clock, STRANGER_RATE)

  const bidOn = ({ sighting, isStranger }: Considered, decision: BidDecision): void => {
    const { auctionId, auction } = sighting
    if ('declined' in decision) {
      emit({ type: 'bid.declined', auctionId, code: decision.declined })
      return
    }
    const validUntil = lastBidAt(auction.message) + bidValidSeconds
    // The last place may have gone while the policy was thinking. A stranger's auction holds none: whoever has many names would fill
    // this machine with auctions that it never awards. Its place is taken with the offer, if there is one then.
    if (!isStranger && !capacity.reserve(auctionId, validUntil)) {
      emit({ type: 'bid.declined', auctionId, code: 'NO_CAPACITY' })
      return
    }
    const { signal } = stopping
    void place(deps, open, { sighting, terms: decision, validUntil, signal })
  }

  const consider = (sighting: Sighting): void => {
    const { auctionId, auction } = sighting
    const { requester } = auction.message
    if (requester === signer.address) return
    forgetExpired(open, clock.now())
    const isStranger = !isKnown(requester)
    if (isStranger && !mayBidToStranger('all of them')) {
      emit({ type: 'bid.declined', auctionId, code: 'TOO_MANY_FROM_STRANGERS' })
      return
    }
    const decision = decideBid(auction.message, {
      offering,
      policy: { policy, clock, log, timeoutMs: policyTimeoutMs },
      facts: factsOf(deps, open, { requester, isStranger }),
      maxOpenPerRequester,
    })
    const act = (decided: BidDecision) => bidOn({ sighting, isStranger }, decided)
    if (!(decision instanceof Promise)) act(decision)
    else void decision.then((decided) => stopping.signal.aborted || act(decided))
  }

  const { hearAward, hearCancel } = afterBids(deps, open)

  return {
    start: () => {
      stopping = new AbortController()
      unsubscribe = [
        board.onAuction(consider),
        board.onAward(hearAward),
        board.onCancel(hearCancel),
      ]
    },
    stop: () => {
      stopping.abort()
      for (const end of unsubscribe) end()
      unsubscribe = []
    },
  }
}

import type { Address, Digester, Hash, Signed, UnixSeconds } from '../../protocols/common/index.ts'
import { toHex } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import type { PricingPolicy } from '../../protocols/market/index.ts'
import type { Chance, Clock, Log, Signer } from '../ports/index.ts'
import { type BidTerms, decideBid, type Offering } from './bid-decision.ts'
import type { Board } from './board.ts'
import { type BoundedMap, createBoundedMap } from './bounded-map.ts'
import type { Capacity } from './capacity.ts'
import type { Sighting } from './sightings.ts'

export type BidderDeps = {
  board: Board
  signer: Signer
  clock: Clock
  chance: Chance
  digest: Digester
  log: Log
  emit: Emit
  policy: PricingPolicy
  capacity: Capacity
}

export type BidderOptions = Offering & {
  /** How long a bid binds after the close, in seconds. */
  bidValidSeconds?: number
  /** Bids open at once with one requester. */
  maxOpenPerRequester?: number
}

/** Bids on what it hears of, by its owner's policy. A bid needs no memory: an offer brings it back, signed. */
export type Bidder = { start(): void; stop(): void }

type OpenBid = { auctionId: Hash; bidHash: Hash; requester: Address; validUntil: UnixSeconds }
type OpenBids = BoundedMap<Hash, OpenBid>

const MAX_OPEN = 4096

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

const place = async (
  deps: BidderDeps,
  open: OpenBids,
  { sighting, terms, validUntil }: { sighting: Sighting; terms: BidTerms; validUntil: UnixSeconds },
): Promise<void> => {
  const { auctionId, auction } = sighting
  const { requester } = auction.message
  const { bid, bidHash } = signBid(deps, auctionId, { ...terms, validUntil })
  const { provider, etaMs } = bid.message
  open.set(auctionId, { auctionId, bidHash, requester, validUntil })
  const price = String(terms.price)
  deps.emit({ type: 'bid.placed', auctionId, bidHash, provider, price, etaMs })
  try {
    await deps.board.publishBid(bid, bidHash)
  } catch (error) {
    deps.log.warn({ error, auctionId }, 'bid not published')
    open.delete(auctionId)
    deps.capacity.release(auctionId)
  }
}

export const createBidder = (
  deps: BidderDeps,
  { bidValidSeconds = 60, maxOpenPerRequester = 64, ...offering }: BidderOptions,
): Bidder => {
  const { board, signer, clock, emit, policy, capacity } = deps
  const open: OpenBids = createBoundedMap(MAX_OPEN)
  let unsubscribe: (() => void)[] = []

  const consider = (sighting: Sighting): void => {
    const { auctionId, auction } = sighting
    const { requester, closesAt } = auction.message
    if (requester === signer.address) return
    forgetExpired(open, clock.now())
    const terms = decideBid(auction.message, {
      offering,
      policy,
      loadPercent: capacity.load(),
      freePlaces: capacity.free(),
      mayServeRequester: countOpen(open, requester) < maxOpenPerRequester,
    })
    if ('declined' in terms) {
      emit({ type: 'bid.declined', auctionId, code: terms.declined })
      return
    }
    const validUntil = closesAt + bidValidSeconds
    capacity.reserve(auctionId, validUntil)
    void place(deps, open, { sighting, terms, validUntil })
  }

  // The place of a won auction stays held until the bid expires: whoever answers the offer takes it over.
  const hearAward = ({ auctionId }: Sighting, award: Signed<'Award'>): void => {
    const own = open.get(auctionId)
    if (!own) return
    open.delete(auctionId)
    if (award.message.bidHash !== own.bidHash) capacity.release(auctionId)
  }

  return {
    start: () => {
      unsubscribe = [board.onAuction(consider), board.onAward(hearAward)]
    },
    stop: () => {
      for (const end of unsubscribe) end()
      unsubscribe = []
    },
  }
}

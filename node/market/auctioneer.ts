import type {
  Address,
  Amount,
  Digester,
  Fuel,
  Hash,
  Signed,
  UnixSeconds,
} from '../../protocols/common/index.ts'
import { toHex } from '../../protocols/common/index.ts'
import type { AuctionView, Emit } from '../../protocols/control/index.ts'
import {
  BIDDING,
  type Candidate,
  DEFAULT_WEIGHTS,
  PRICING,
  priceOf,
  type RankedBid,
  rankBids,
  SETTLEMENT,
  transcriptLeaf,
  transcriptRoot,
  type Weights,
  weightsHash,
} from '../../protocols/market/index.ts'
import type { Chance, Clock, Log, Signer } from '../ports/index.ts'
import type { Board } from './board.ts'
import type { SeenBid, Sighting } from './sightings.ts'

/** What a requester knows of an agent: points from 0 to 100. */
export type Standing = { score: number; specialty: number }

export type AuctioneerDeps = {
  board: Board
  signer: Signer
  clock: Clock
  chance: Chance
  digest: Digester
  log: Log
  emit: Emit
  /** Everyone starts at 50; never taken from the bid. */
  reputationOf?: (agent: Address) => Standing
  /** How bids are ranked; every auction commits to them. */
  weights?: Weights
}

/** What is to be bought, and at what price at most, in atomic units. */
export type AuctionTerms = {
  taskHash: Hash
  engineHash: Hash
  token: Address
  maxPrice: Amount
  maxFuel: Fuel
  tagsHash: Hash
  /** Bids are taken before this second. */
  closesAt: UnixSeconds
  deliverBy: UnixSeconds
  /** Points; agents below are not considered. Default 30. */
  minReputation?: number
  requiredStake?: Amount
}

export type SignedAuction = Signed<'Auction'> & { auctionId: Hash }

export type Auctioneer = {
  /** Signs an auction; nothing leaves the process. */
  draft(terms: AuctionTerms): SignedAuction
  /** Publishes once someone listens and collects bids until the close: best first, perhaps none. Rejects with the signal's reason. */
  run(auction: Signed<'Auction'>, options: { signal: AbortSignal }): Promise<readonly RankedBid[]>
  /** Signs the award of one of the ranked bids. */
  award(
    auction: Signed<'Auction'>,
    ranked: readonly RankedBid[],
    winner: RankedBid,
  ): Promise<Signed<'Award'>>
  /** Tells everyone, so that losers free what they held for it. */
  announceAward(award: Signed<'Award'>): Promise<void>
  /** Auctions of this node and of others, newest first. */
  seen(): readonly AuctionView[]
}

const LISTEN_MS = 100
const START: Standing = { score: 50, specialty: 50 }

const hundredths = (points: number): number =>
  Math.min(10_000, Math.max(0, Math.round(points * 100)))

const draft = (
  { signer, chance, digest, weights = DEFAULT_WEIGHTS }: AuctioneerDeps,
  terms: AuctionTerms,
) => {
  const message = {
    taskHash: terms.taskHash,
    engineHash: terms.engineHash,
    requester: signer.address,
    token: terms.token,
    maxPrice: terms.maxPrice,
    maxFuel: terms.maxFuel,
    pricing: PRICING.FIRST,
    bidding: BIDDING.OPEN,
    settlement: SETTLEMENT.CHANNEL,
    closesAt: terms.closesAt,
    revealBy: 0,
    deliverBy: terms.deliverBy,
    minReputation: terms.minReputation ?? 30,
    requiredStake: terms.requiredStake ?? 0n,
    weightsHash: weightsHash(weights),
    tagsHash: terms.tagsHash,
    salt: toHex(chance.bytes(32)),
  }
  const auctionId = digest('Auction', message)
  return { message, signature: signer.sign(auctionId), auctionId }
}

const waitUntil = (clock: Clock, seconds: UnixSeconds, signal: AbortSignal): Promise<void> =>
  clock.wait(Math.max(0, seconds * 1000 - clock.nowMs()), { signal })

// Gossip that nobody hears is lost for good: the first peer may still be connecting.
const publishOnceHeard = async (
  { board, clock, log }: AuctioneerDeps,
  { auctionId, auction }: Sighting,
  signal: AbortSignal,
): Promise<void> => {
  const { closesAt } = auction.message
  while (board.listeners() === 0 && clock.now() < closesAt) {
    await clock.wait(LISTEN_MS, { signal })
  }
  if (clock.now() >= closesAt) return
  try {
    await board.publishAuction(auction)
  } catch (error) {
    log.warn({ error, auctionId }, 'auction not published')
  }
}

const rank = (
  { auction, bids }: Sighting,
  { reputationOf = () => START, weights = DEFAULT_WEIGHTS }: AuctioneerDeps,
): readonly RankedBid[] => {
  const candidateOf = (seen: SeenBid): Candidate => {
    const { score, specialty } = reputationOf(seen.bid.message.provider)
    return { ...seen, reputation: hundredths(score), specialty: hundredths(specialty) }
  }
  const floor = hundredths(auction.message.minReputation)
  const candidates = [...bids.values()]
    .map(candidateOf)
    .filter(({ reputation }) => reputation >= floor)
  const { maxPrice, closesAt, deliverBy } = auction.message
  return rankBids(candidates, { maxPrice, closesAt, deliverBy, weights })
}

const collect = async (
  deps: AuctioneerDeps,
  sighting: Sighting,
  signal: AbortSignal,
): Promise<readonly RankedBid[]> => {
  sighting.standing = 'collecting'
  try {
    await publishOnceHeard(deps, sighting, signal)
    await waitUntil(deps.clock, sighting.auction.message.closesAt, signal)
    const ranked = rank(sighting, deps)
    sighting.standing = ranked.length > 0 ? 'noted' : 'unsold'
    return ranked
  } catch (error) {
    sighting.standing = 'cancelled'
    throw error
  }
}

const run = async (
  deps: AuctioneerDeps,
  auction: Signed<'Auction'>,
  signal: AbortSignal,
): Promise<readonly RankedBid[]> => {
  const { board, digest, emit } = deps
  signal.throwIfAborted()
  const { requester, maxPrice, closesAt } = auction.message
  const sighting = board.open(auction, digest('Auction', auction.message))
  const { auctionId } = sighting
  emit({ type: 'auction.opened', auctionId, requester, maxPrice: String(maxPrice), closesAt })
  const ranked = await collect(deps, sighting, signal)
  if (ranked.length === 0) {
    emit({ type: 'auction.awarded', auctionId, provider: null, price: '0', bids: 0 })
  }
  return ranked
}

const announceAward = async (
  { board, log, emit }: AuctioneerDeps,
  award: Signed<'Award'>,
): Promise<void> => {
  const { auctionId, bidHash } = award.message
  const sighting = board.sighting(auctionId)
  if (sighting) {
    const won = [...sighting.bids.values()].find((seen) => seen.bidHash === bidHash)
    const provider = won?.bid.message.provider ?? null
    const price = String(priceOf(award.message, sighting.auction.message.maxFuel))
    emit({ type: 'auction.awarded', auctionId, provider, price, bids: sighting.bids.size })
  }
  try {
    await board.publishAward(award)
  } catch (error) {
    log.warn({ error, auctionId }, 'award not published')
  }
}

export const createAuctioneer = (deps: AuctioneerDeps): Auctioneer => {
  const { board, signer, digest, emit } = deps
  board.onBid(({ auctionId, isOwn }, { bid, bidHash, price }) => {
    if (!isOwn) return
    const { provider, etaMs } = bid.message
    emit({ type: 'bid.received', auctionId, bidHash, provider, price: String(price), etaMs })
  })
  return {
    draft: (terms) => draft(deps, terms),
    run: (auction, { signal }) => run(deps, auction, signal),
    award: async (auction, ranked, { bid, bidHash }) => {
      const message = {
        auctionId: digest('Auction', auction.message),
        bidHash,
        basePrice: bid.message.basePrice,
        pricePerMfuel: bid.message.pricePerMfuel,
        transcriptRoot: transcriptRoot(ranked.map(transcriptLeaf)),
      }
      return { message, signature: signer.sign(digest('Award', message)) }
    },
    announceAward: (award) => announceAward(deps, award),
    seen: () => board.views(),
  }
}

import type {
  Address,
  Amount,
  Digester,
  Fuel,
  Hash,
  Signed,
  UnixSeconds,
} from '../../protocols/common/index.ts'
import { faultCode, toHex } from '../../protocols/common/index.ts'
import type { AuctionView, Emit } from '../../protocols/control/index.ts'
import {
  awardRates,
  BIDDING,
  DEFAULT_WEIGHTS,
  lastBidAt,
  PRICING,
  priceOf,
  type RankedBid,
  SETTLEMENT,
  transcriptLeaf,
  transcriptRoot,
  weightsHash,
} from '../../protocols/market/index.ts'
import type { Chance, Clock, Log, Signer } from '../ports/index.ts'
import type { Board } from './board.ts'
import { type RankingDeps, rankSighting } from './ranking.ts'
import type { Sighting } from './sightings.ts'

export type AuctioneerDeps = RankingDeps & {
  board: Board
  signer: Signer
  clock: Clock
  chance: Chance
  digest: Digester
  log: Log
  emit: Emit
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
  /** One of PRICING; first price by default. */
  pricing?: number
  /** One of BIDDING; open by default. */
  bidding?: number
  /** How long sealed bids may be opened after the close, in seconds. Default 10. */
  revealSeconds?: number
}

export type SignedAuction = Signed<'Auction'> & { auctionId: Hash }

export type Auctioneer = {
  /** Signs an auction; nothing leaves the process. */
  draft(terms: AuctionTerms): SignedAuction
  /** Publishes once someone listens and collects bids until the close: best first, perhaps none. Rejects with the signal's reason. */
  run(auction: Signed<'Auction'>, options: { signal: AbortSignal }): Promise<readonly RankedBid[]>
  /** Signs the award of one of the ranked bids. A second price is set by the bid ranked next. */
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
const REVEAL_SECONDS = 10

const draft = (
  { signer, chance, digest, weights = DEFAULT_WEIGHTS }: AuctioneerDeps,
  terms: AuctionTerms,
) => {
  const { bidding = BIDDING.OPEN, revealSeconds = REVEAL_SECONDS } = terms
  const message = {
    taskHash: terms.taskHash,
    engineHash: terms.engineHash,
    requester: signer.address,
    token: terms.token,
    maxPrice: terms.maxPrice,
    maxFuel: terms.maxFuel,
    pricing: terms.pricing ?? PRICING.FIRST,
    bidding,
    settlement: SETTLEMENT.CHANNEL,
    closesAt: terms.closesAt,
    revealBy: bidding === BIDDING.SEALED ? terms.closesAt + revealSeconds : 0,
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

/** Called off before anyone bid: bidders are told, or they would go on working out their prices. After a bid there is no taking back. */
const tellCancelled = async (
  { board, digest, log, signer }: AuctioneerDeps,
  { auctionId, bids, commitments }: Sighting,
): Promise<void> => {
  if (bids.size + commitments.size() > 0) return
  const message = { auctionId }
  const signature = signer.sign(digest('CancelAuction', message))
  try {
    await board.publishCancel({ message, signature })
  } catch (error) {
    log.warn({ error, auctionId }, 'cancellation not published')
  }
}

/** Whoever committed and did not open is known to everyone who kept count. */
const tellUnopened = ({ emit }: AuctioneerDeps, sighting: Sighting): void => {
  const { auctionId, bids, commitments } = sighting
  for (const { provider } of commitments.values()) {
    if (!bids.has(provider)) emit({ type: 'bid.unopened', auctionId, provider })
  }
}

const collect = async (
  deps: AuctioneerDeps,
  sighting: Sighting,
  signal: AbortSignal,
): Promise<readonly RankedBid[]> => {
  sighting.standing = 'collecting'
  try {
    await publishOnceHeard(deps, sighting, signal)
    await waitUntil(deps.clock, lastBidAt(sighting.auction.message), signal)
    tellUnopened(deps, sighting)
    const ranked = rankSighting(sighting, deps)
    sighting.standing = ranked.length > 0 ? 'noted' : 'unsold'
    return ranked
  } catch (error) {
    sighting.standing = 'cancelled'
    // A node that only stops holds the auction again when it is back.
    if (signal.aborted && faultCode(signal.reason) === 'CANCELLED') {
      await tellCancelled(deps, sighting)
    }
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

const award = (
  { board, digest, signer, weights = DEFAULT_WEIGHTS }: AuctioneerDeps,
  auction: Signed<'Auction'>,
  sale: { ranked: readonly RankedBid[]; winner: RankedBid },
): Signed<'Award'> => {
  const { ranked, winner } = sale
  const auctionId = digest('Auction', auction.message)
  // The transcript names all who bid; after a restart, those that are left.
  const lines = board.sighting(auctionId)?.transcript?.ranked ?? ranked
  const next = ranked.find(({ rank }) => rank > winner.rank)
  const { closesAt, deliverBy, maxPrice, pricing } = auction.message
  const message = {
    auctionId,
    bidHash: winner.bidHash,
    ...awardRates(pricing, { winner, next }, { closesAt, deliverBy, maxPrice, weights }),
    transcriptRoot: transcriptRoot(lines.map(transcriptLeaf)),
  }
  return { message, signature: signer.sign(digest('Award', message)) }
}

export const createAuctioneer = (deps: AuctioneerDeps): Auctioneer => {
  const { board, emit } = deps
  board.onBid(({ auctionId, isOwn }, { bid, bidHash, price }) => {
    if (!isOwn) return
    const { provider, etaMs } = bid.message
    emit({ type: 'bid.received', auctionId, bidHash, provider, price: String(price), etaMs })
  })
  return {
    draft: (terms) => draft(deps, terms),
    run: (auction, { signal }) => run(deps, auction, signal),
    award: async (auction, ranked, winner) => award(deps, auction, { ranked, winner }),
    announceAward: (award) => announceAward(deps, award),
    seen: () => board.views(),
  }
}

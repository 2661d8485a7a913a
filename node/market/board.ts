import type {
  Digester,
  Hash,
  PeerId,
  RecoverSigner,
  Signed,
  Verdict,
} from '../../protocols/common/index.ts'
import { decodeSigned, encodeSigned, ignore, reject } from '../../protocols/common/index.ts'
import type { AuctionView, Emit } from '../../protocols/control/index.ts'
import { type GossipFault, MAX_MESSAGE_BYTES } from '../../protocols/market/index.ts'
import type { Clock, Gossip, GossipTopic, Log } from '../ports/index.ts'
import { createBoundedMap } from './bounded-map.ts'
import { type BoardState, takeAuction, takeAward, takeBid } from './intake.ts'
import { createListeners } from './listeners.ts'
import { createRateLimit, type Rate, type RateLimit } from './rate-limit.ts'
import {
  createSightings,
  keepBid,
  newSighting,
  type SeenBid,
  type Sighting,
  seenBidOf,
  viewOf,
} from './sightings.ts'

export type BoardDeps = {
  gossip: Gossip
  clock: Clock
  digest: Digester
  recover: RecoverSigner
  log: Log
  emit: Emit
}

export type BoardOptions = {
  /** Auctions remembered, own ones under way excepted. */
  maxAuctions?: number
  /** Bids remembered per auction, one per provider. */
  maxBids?: number
  /** Messages of one neighbour, its own and those it passes on. */
  peerRate?: Rate
  /** Messages signed by one agent. */
  agentRate?: Rate
}

type Recipients = { recipients: number }

/** What the market says: the one subscriber of its three topics, shared by auctioneer and bidder. */
export type Board = {
  /** Subscribes and passes messages on from then on. */
  start(): void
  sighting(auctionId: Hash): Sighting | undefined
  /** The last 200 auctions, newest first. */
  views(): AuctionView[]
  /** Remembers an auction of this node; a known one stays as it is. */
  open(auction: Signed<'Auction'>, auctionId: Hash): Sighting
  publishAuction(auction: Signed<'Auction'>): Promise<Recipients>
  publishBid(bid: Signed<'Bid'>, bidHash: Hash): Promise<Recipients>
  publishAward(award: Signed<'Award'>): Promise<Recipients>
  /** How many peers would hear of an auction. */
  listeners(): number
  onAuction(listener: (sighting: Sighting) => void): () => void
  onBid(listener: (sighting: Sighting, bid: SeenBid) => void): () => void
  onAward(listener: (sighting: Sighting, award: Signed<'Award'>) => void): () => void
}

const MAX_SEEN = 16_384
const VIEWS = 200

type Judge = (data: Uint8Array, from: PeerId) => Verdict<GossipFault>

const judgeBytes =
  <Name extends 'Auction' | 'Bid' | 'Award'>(
    name: Name,
    mayPeerSend: RateLimit,
    take: (signed: Signed<Name>) => Verdict<GossipFault>,
  ): Judge =>
  (data, from) => {
    if (!mayPeerSend(from)) return ignore('PEER_TOO_FAST')
    if (data.length > MAX_MESSAGE_BYTES) return reject('MESSAGE_TOO_LARGE')
    const signed = decodeSigned(name, data)
    return signed ? take(signed) : reject('MESSAGE_MALFORMED')
  }

const subscribe = ({ gossip, clock, log }: BoardDeps, state: BoardState, peerRate: Rate): void => {
  const mayPeerSend = createRateLimit(clock, peerRate)
  const judges: Record<GossipTopic, Judge> = {
    auctions: judgeBytes('Auction', mayPeerSend, (auction) => takeAuction(state, auction)),
    bids: judgeBytes('Bid', mayPeerSend, (bid) => takeBid(state, bid)),
    awards: judgeBytes('Award', mayPeerSend, (award) => takeAward(state, award)),
  }
  for (const topic of Object.keys(judges) as GossipTopic[]) {
    gossip.subscribe(topic, (data, from) => {
      const verdict = judges[topic](data, from)
      if (verdict.action !== 'accept') {
        log.debug({ topic, peer: from, ...verdict }, 'gossip message not used')
      }
      return verdict
    })
  }
}

const publishing = (gossip: Gossip, { sightings, seen, maxBids }: BoardState) => ({
  publishAuction: (auction: Signed<'Auction'>) =>
    gossip.publish('auctions', encodeSigned('Auction', auction)),
  publishBid: (bid: Signed<'Bid'>, bidHash: Hash) => {
    const sighting = sightings.get(bid.message.auctionId)
    seen.set(bidHash, true)
    if (sighting) keepBid(sighting, seenBidOf(bid, bidHash, sighting.auction), maxBids)
    return gossip.publish('bids', encodeSigned('Bid', bid))
  },
  publishAward: (award: Signed<'Award'>) => {
    const sighting = sightings.get(award.message.auctionId)
    if (sighting) sighting.awarded = award.message.bidHash
    return gossip.publish('awards', encodeSigned('Award', award))
  },
})

/** One per node. Construction subscribes to nothing. */
export const createBoard = (deps: BoardDeps, options: BoardOptions = {}): Board => {
  const { gossip, clock, digest, recover, emit } = deps
  const auctions = createListeners<[Sighting]>()
  const bids = createListeners<[Sighting, SeenBid]>()
  const awards = createListeners<[Sighting, Signed<'Award'>]>()
  const state: BoardState = {
    sightings: createSightings(options.maxAuctions ?? 2048),
    seen: createBoundedMap(MAX_SEEN),
    maxBids: options.maxBids ?? 256,
    mayAgentSend: createRateLimit(clock, options.agentRate ?? { perSecond: 20, burst: 200 }),
    clock,
    digest,
    recover,
    emit,
    tellAuction: auctions.tell,
    tellBid: bids.tell,
    tellAward: awards.tell,
  }
  const { sightings, seen } = state
  return {
    start: () => subscribe(deps, state, options.peerRate ?? { perSecond: 200, burst: 1000 }),
    sighting: (auctionId) => sightings.get(auctionId),
    views: () =>
      [...sightings.values()]
        .slice(-VIEWS)
        .reverse()
        .map((sighting) => viewOf(sighting, clock.now())),
    open: (auction, auctionId) => {
      const known = sightings.get(auctionId)
      if (known) return known
      const sighting = newSighting(auctionId, auction, true)
      seen.set(auctionId, true)
      sightings.set(auctionId, sighting)
      return sighting
    },
    ...publishing(gossip, state),
    listeners: () => gossip.listeners('auctions'),
    onAuction: auctions.add,
    onBid: bids.add,
    onAward: awards.add,
  }
}

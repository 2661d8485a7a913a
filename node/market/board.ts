import type {
  Address,
  Digester,
  Hash,
  PeerId,
  RecoverSigner,
  Signed,
  TypedName,
  Verdict,
} from '../../protocols/common/index.ts'
import { decodeSigned, ignore, reject } from '../../protocols/common/index.ts'
import type { AuctionView, Emit } from '../../protocols/control/index.ts'
import {
  type BidMessage,
  type GossipFault,
  MAX_MESSAGE_BYTES,
} from '../../protocols/market/index.ts'
import type { Clock, Gossip, GossipTopic, Log } from '../ports/index.ts'
import { createFairMap } from './fair-map.ts'
import { type BoardState, takeAuction, takeAward, takeCancel, takeComplaint } from './intake.ts'
import { takeBidMessage } from './intake-bids.ts'
import { createListeners } from './listeners.ts'
import { createPublisher, type Publisher } from './publisher.ts'
import { createRateLimit, type Rate, type RateLimit } from './rate-limit.ts'
import {
  createSightings,
  newSighting,
  OWN,
  type SeenBid,
  type Sighting,
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
  /** What this node thinks of an agent: bids of those it thinks least of are the first to go. */
  worthOf?: (agent: Address) => number
  /** Messages of one neighbour, its own and those it passes on. */
  peerRate?: Rate
  /** Messages signed by one agent. */
  agentRate?: Rate
}

type Subscribe<Args extends unknown[]> = (listener: (...args: Args) => void) => () => void

/** What the market says: the one subscriber of its topics, shared by auctioneer and bidder. */
export type Board = Publisher & {
  /** Subscribes and passes messages on from then on. */
  start(): void
  sighting(auctionId: Hash): Sighting | undefined
  /** The last 200 auctions, newest first. */
  views(): AuctionView[]
  /** Remembers an auction of this node; a known one stays as it is. */
  open(auction: Signed<'Auction'>, auctionId: Hash): Sighting
  /** Judges and keeps a bid or commitment that came over a stream. */
  receiveBid(message: BidMessage, from: PeerId): Verdict<GossipFault>
  /** How many peers would hear of an auction. */
  listeners(): number
  onAuction: Subscribe<[Sighting]>
  onBid: Subscribe<[Sighting, SeenBid]>
  onAward: Subscribe<[Sighting, Signed<'Award'>]>
  /** An auction that was called off before anyone bid. */
  onCancel: Subscribe<[Sighting]>
  onComplaint: Subscribe<[Signed<'Complaint'>, by: Address]>
}

const MAX_SEEN = 16_384
const VIEWS = 200

type Judge = (data: Uint8Array, from: PeerId) => Verdict<GossipFault>
type Take = (data: Uint8Array, from: PeerId) => Verdict<GossipFault> | null

const taking =
  <Name extends TypedName>(
    name: Name,
    take: (signed: Signed<Name>, from: PeerId) => Verdict<GossipFault>,
  ): Take =>
  (data, from) => {
    const signed = decodeSigned(name, data)
    return signed && take(signed, from)
  }

/** The messages of one topic differ in their number of fields: at most one of them decodes. */
const judgeTopic =
  (mayPeerSend: RateLimit, kinds: readonly Take[]): Judge =>
  (data, from) => {
    if (!mayPeerSend(from)) return ignore('PEER_TOO_FAST')
    if (data.length > MAX_MESSAGE_BYTES) return reject('MESSAGE_TOO_LARGE')
    for (const take of kinds) {
      const verdict = take(data, from)
      if (verdict) return verdict
    }
    return reject('MESSAGE_MALFORMED')
  }

const subscribe = ({ gossip, clock, log }: BoardDeps, state: BoardState, peerRate: Rate): void => {
  const mayPeerSend = createRateLimit(clock, peerRate)
  const topics: Record<GossipTopic, readonly Take[]> = {
    auctions: [
      taking('Auction', (auction, from) => takeAuction(state, auction, from)),
      taking('CancelAuction', (cancel, from) => takeCancel(state, cancel, from)),
    ],
    bids: [
      taking('Bid', (signed, from) =>
        takeBidMessage(state, { kind: 'Bid', signed }, { from, path: 'gossip' }),
      ),
      taking('SealedBid', (signed, from) =>
        takeBidMessage(state, { kind: 'SealedBid', signed }, { from, path: 'gossip' }),
      ),
    ],
    awards: [taking('Award', (award, from) => takeAward(state, award, from))],
    complaints: [taking('Complaint', (complaint, from) => takeComplaint(state, complaint, from))],
  }
  for (const topic of Object.keys(topics) as GossipTopic[]) {
    const judge = judgeTopic(mayPeerSend, topics[topic])
    gossip.subscribe(topic, (data, from) => {
      const verdict = judge(data, from)
      if (verdict.action !== 'accept') {
        log.debug({ topic, peer: from, ...verdict }, 'gossip message not used')
      }
      return verdict
    })
  }
}

/** One per node. Construction subscribes to nothing. */
export const createBoard = (deps: BoardDeps, options: BoardOptions = {}): Board => {
  const { gossip, clock, digest, recover, emit } = deps
  const auctions = createListeners<[Sighting]>()
  const bids = createListeners<[Sighting, SeenBid]>()
  const awards = createListeners<[Sighting, Signed<'Award'>]>()
  const cancels = createListeners<[Sighting]>()
  const complaints = createListeners<[Signed<'Complaint'>, Address]>()
  const state: BoardState = {
    sightings: createSightings(options.maxAuctions ?? 2048),
    seen: createFairMap(MAX_SEEN),
    room: { maxBids: options.maxBids ?? 256, worthOf: options.worthOf ?? (() => 0) },
    mayAgentSend: createRateLimit(clock, options.agentRate ?? { perSecond: 20, burst: 200 }),
    clock,
    digest,
    recover,
    emit,
    tell: {
      auction: auctions.tell,
      bid: bids.tell,
      award: awards.tell,
      cancel: cancels.tell,
      complaint: complaints.tell,
    },
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
      seen.set(auctionId, true, OWN)
      sightings.set(auctionId, sighting, OWN)
      return sighting
    },
    ...createPublisher(gossip, state),
    receiveBid: (message, from) => takeBidMessage(state, message, { from, path: 'stream' }),
    listeners: () => gossip.listeners('auctions'),
    onAuction: auctions.add,
    onBid: bids.add,
    onAward: awards.add,
    onCancel: cancels.add,
    onComplaint: complaints.add,
  }
}

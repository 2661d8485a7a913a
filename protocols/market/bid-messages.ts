// Bodies of the requests on /souk/deal/1 that come before a deal: a bid for its requester alone, and the transcript that an award commits to.
import type { CborValue, Hash, Signed } from '../common/index.ts'
import { fromHex, signedFromWire, signedToWire } from '../common/index.ts'
import type { JudgedBid } from './audit.ts'
import { countFromWire, hashFromWire, tupleOf } from './deal-fields.ts'
import type { Weights } from './weights.ts'

/** Bids on one page of a transcript: a page stays well below the largest frame. */
export const TRANSCRIPT_PAGE = 100

/** A bid, or the commitment to one. */
export type BidMessage =
  | { kind: 'Bid'; signed: Signed<'Bid'> }
  | { kind: 'SealedBid'; signed: Signed<'SealedBid'> }

export const encodeBid = (message: BidMessage): CborValue => [
  message.kind === 'Bid'
    ? signedToWire('Bid', message.signed)
    : signedToWire('SealedBid', message.signed),
]

/** Bids and commitments differ in the number of their fields. */
export const decodeBid = (body: CborValue): BidMessage | null => {
  const wire = tupleOf(body, 1)?.[0]
  const bid = signedFromWire('Bid', wire)
  if (bid) return { kind: 'Bid', signed: bid }
  const sealed = signedFromWire('SealedBid', wire)
  return sealed && { kind: 'SealedBid', signed: sealed }
}

/** Answer to a bid: the requester's word that it came in time. For a commitment, `bidHash` is what was committed to. */
export const encodeBidReply = (ack: Signed<'BidAck'>): CborValue => [signedToWire('BidAck', ack)]
export const decodeBidReply = (body: CborValue): Signed<'BidAck'> | null =>
  signedFromWire('BidAck', tupleOf(body, 1)?.[0])

/** Asks for the transcript of an auction from its `from`-th bid on. */
export type TranscriptRequest = { auctionId: Hash; from: number }

export const encodeTranscriptRequest = ({ auctionId, from }: TranscriptRequest): CborValue => [
  fromHex(auctionId),
  from,
]
export const decodeTranscriptRequest = (body: CborValue): TranscriptRequest | null => {
  const items = tupleOf(body, 2)
  const auctionId = hashFromWire(items?.[0])
  const from = countFromWire(items?.[1])
  return auctionId && from !== null ? { auctionId, from } : null
}

/** One page of a transcript and the number of bids on all of them. */
export type TranscriptPage = { weights: Weights; total: number; bids: readonly JudgedBid[] }

export const encodeTranscriptPage = ({ weights, total, bids }: TranscriptPage): CborValue => [
  [weights.price, weights.reputation, weights.specialty, weights.eta],
  total,
  bids.map(({ bid, reputation, specialty }) => [signedToWire('Bid', bid), reputation, specialty]),
]

const weightsFromWire = (value: CborValue | undefined): Weights | null => {
  const items = value === undefined ? null : tupleOf(value, 4)
  const [price, reputation, specialty, eta] = (items ?? []).map(countFromWire)
  if (price == null || reputation == null || specialty == null || eta == null) return null
  return { price, reputation, specialty, eta }
}

const judgedFromWire = (value: CborValue): JudgedBid | null => {
  const items = tupleOf(value, 3)
  const bid = signedFromWire('Bid', items?.[0])
  const reputation = countFromWire(items?.[1])
  const specialty = countFromWire(items?.[2])
  if (!bid || reputation === null || specialty === null) return null
  return { bid, reputation, specialty }
}

export const decodeTranscriptPage = (body: CborValue): TranscriptPage | null => {
  const items = tupleOf(body, 3)
  const weights = weightsFromWire(items?.[0])
  const total = countFromWire(items?.[1])
  const list = items?.[2]
  if (!weights || total === null || !Array.isArray(list) || list.length > TRANSCRIPT_PAGE) {
    return null
  }
  const bids = list.map(judgedFromWire)
  return bids.every((bid) => bid !== null) ? { weights, total, bids } : null
}

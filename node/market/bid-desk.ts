import type { CborValue, Digester, Signed } from '../../protocols/common/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import {
  type BidMessage,
  DEAL,
  decodeBid,
  decodeTranscriptRequest,
  encodeBidReply,
  encodeTranscriptPage,
  TRANSCRIPT_PAGE,
} from '../../protocols/market/index.ts'
import type { Clock, Remote, Signer, Talk } from '../ports/index.ts'
import type { Board } from './board.ts'
import type { MarketFault } from './faults.ts'

export type BidDeskDeps = {
  board: Board
  talk: Talk
  signer: Signer
  clock: Clock
  digest: Digester
}

const malformed = () => new Fault<MarketFault>('BID_MALFORMED', 'the message is malformed')

const hashOf = (digest: Digester, { kind, signed }: BidMessage) =>
  kind === 'Bid' ? digest('Bid', signed.message) : signed.message.commitment

/** Takes a bid and gives its agent a signed word that it came in time. The same bid twice is acknowledged twice. */
const takeBid = (
  { board, clock, digest, signer }: BidDeskDeps,
  body: CborValue,
  { agent, peerId }: Remote,
): CborValue => {
  const message = decodeBid(body)
  if (!message) throw malformed()
  const { auctionId, provider } = message.signed.message
  if (provider !== agent) throw new Fault<MarketFault>('BID_NOT_YOURS', 'it is of another agent')
  const sighting = board.sighting(auctionId)
  if (!sighting?.isOwn || sighting.standing !== 'collecting') {
    throw new Fault<MarketFault>(
      'AUCTION_UNKNOWN',
      'no auction of this agent takes bids by this id',
    )
  }
  const verdict = board.receiveBid(message, peerId)
  if (verdict.action !== 'accept' && verdict.code !== 'SEEN_BEFORE') {
    throw new Fault(verdict.code, 'the bid is not taken')
  }
  const ack = { bidHash: hashOf(digest, message), seenAt: clock.now() }
  const signed: Signed<'BidAck'> = { message: ack, signature: signer.sign(digest('BidAck', ack)) }
  return encodeBidReply(signed)
}

/** Serves what an award commits to, page by page, while this node remembers the auction. */
const serveTranscript = ({ board }: BidDeskDeps, body: CborValue): CborValue => {
  const request = decodeTranscriptRequest(body)
  if (!request) throw malformed()
  const sighting = board.sighting(request.auctionId)
  if (!sighting?.transcript || !sighting.awarded) {
    throw new Fault<MarketFault>('TRANSCRIPT_UNKNOWN', 'no such auction was awarded here')
  }
  const { weights, ranked } = sighting.transcript
  const bids = ranked.slice(request.from, request.from + TRANSCRIPT_PAGE)
  return encodeTranscriptPage({ weights, total: ranked.length, bids })
}

/** Listens to bidders over direct streams. */
export const serveBidDesk = (deps: BidDeskDeps): void => {
  deps.talk.serve('/souk/deal/1', DEAL.BID, async (body, from) => takeBid(deps, body, from))
  deps.talk.serve('/souk/deal/1', DEAL.TRANSCRIPT, async (body) => serveTranscript(deps, body))
}

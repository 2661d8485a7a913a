import type { Digester, Hash, RecoverSigner, Signed } from '../../protocols/common/index.ts'
import { Fault, faultCode } from '../../protocols/common/index.ts'
import {
  BIDDING,
  type BidMessage,
  DEAL,
  decodeBidReply,
  encodeBid,
} from '../../protocols/market/index.ts'
import type { Clock, Log, Signer, Talk } from '../ports/index.ts'
import type { Board } from './board.ts'
import type { Sighting } from './sightings.ts'

export type SendingDeps = {
  board: Board
  talk: Talk
  signer: Signer
  clock: Clock
  digest: Digester
  recover: RecoverSigner
  log: Log
}

/** A bid on its way; `signal` ends it. */
export type OwnBid = { bid: Signed<'Bid'>; bidHash: Hash; signal: AbortSignal }

const RETRY_MS = 500

/** Whether the requester gave its word for the bid. What it refuses is an error; where it cannot be reached, it is asked until the close. */
const askForAck = async (
  { clock, digest, log, recover, talk }: SendingDeps,
  { auction, auctionId }: Sighting,
  { message, bidHash, signal }: { message: BidMessage; bidHash: Hash; signal: AbortSignal },
): Promise<boolean> => {
  const { closesAt, requester } = auction.message
  const request = { protocol: '/souk/deal/1', type: DEAL.BID, body: encodeBid(message) } as const
  while (clock.now() < closesAt) {
    try {
      const ack = decodeBidReply(await talk.request(requester, request, { signal }))
      const isAck =
        ack?.message.bidHash === bidHash &&
        recover(digest('BidAck', ack.message), ack.signature) === requester
      if (!isAck) log.info({ auctionId, requester }, 'bid not acknowledged')
      return isAck
    } catch (error) {
      if (signal.aborted || (error instanceof Fault && error.details.remote === true)) throw error
      log.debug({ auctionId, code: faultCode(error) }, 'requester not reached with a bid')
      await clock.wait(RETRY_MS, { signal })
    }
  }
  return false
}

const sendOpen = async (deps: SendingDeps, _sighting: Sighting, { bid, bidHash }: OwnBid) => {
  await deps.board.publishBid(bid, bidHash)
  return false
}

const sendDirect = async (
  deps: SendingDeps,
  sighting: Sighting,
  { bid, bidHash, signal }: OwnBid,
) => {
  deps.board.noteBid(bid, bidHash)
  return askForAck(deps, sighting, { message: { kind: 'Bid', signed: bid }, bidHash, signal })
}

/** Commits by gossip, has the requester acknowledge it, and opens the bid after the close. */
const sendSealed = async (
  deps: SendingDeps,
  sighting: Sighting,
  { bid, bidHash, signal }: OwnBid,
) => {
  const { board, clock, digest, signer } = deps
  const { auctionId, provider } = bid.message
  const commitment = { auctionId, provider, commitment: bidHash }
  const signed = { message: commitment, signature: signer.sign(digest('SealedBid', commitment)) }
  await board.publishSealedBid(signed)
  const message = { kind: 'SealedBid', signed } as const
  const isAcked = await askForAck(deps, sighting, { message, bidHash, signal })
  const { closesAt } = sighting.auction.message
  await clock.wait(Math.max(0, closesAt * 1000 - clock.nowMs()), { signal })
  await board.publishBid(bid, bidHash)
  return isAcked
}

const ways = {
  [BIDDING.OPEN]: sendOpen,
  [BIDDING.SEALED]: sendSealed,
  [BIDDING.DIRECT]: sendDirect,
}

/** Sends a bid the way its auction asks for; resolves to whether the requester acknowledged it. */
export const sendBid = async (
  deps: SendingDeps,
  sighting: Sighting,
  own: OwnBid,
): Promise<boolean> => {
  const way = ways[sighting.auction.message.bidding as keyof typeof ways]
  return way(deps, sighting, own)
}

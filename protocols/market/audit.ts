import type { Auction, Award, Digester, Hash, RecoverSigner } from '../common/index.ts'
import { awardRates } from './award-rates.ts'
import type { Candidate } from './candidate.ts'
import type { TranscriptFault } from './faults.ts'
import { bidFault } from './judge-bid.ts'
import { priceOf } from './price.ts'
import { type RankedBid, rankBids } from './rank.ts'
import { transcriptLeaf, transcriptRoot } from './transcript.ts'
import { type Weights, weightsHash } from './weights.ts'

/** A bid as the requester judged it, scores in hundredths of a point. */
export type JudgedBid = Pick<Candidate, 'bid' | 'reputation' | 'specialty'>

/** All that a ranking followed from; served to whoever wants to check it. */
export type Transcript = { weights: Weights; bids: readonly JudgedBid[] }

export type AuditContext = {
  auction: Auction
  auctionId: Hash
  award: Award
  digest: Digester
  recover: RecoverSigner
  /** A bid that the requester is known to have received in time. */
  expected: Hash
}

const FULL_SCORE = 10_000

const isScore = (score: number): boolean =>
  Number.isInteger(score) && score >= 0 && score <= FULL_SCORE

/** Candidates of at least the auction's minimum, ranked from 1, then all others with rank 0 in order of their hashes. */
export const rankAll = (
  candidates: readonly Candidate[],
  auction: Pick<Auction, 'maxPrice' | 'closesAt' | 'deliverBy' | 'minReputation'>,
  weights: Weights,
): readonly RankedBid[] => {
  const isEligible = ({ reputation }: Candidate) => reputation >= auction.minReputation * 100
  const { maxPrice, closesAt, deliverBy } = auction
  const context = { maxPrice, closesAt, deliverBy, weights }
  const others = candidates
    .filter((candidate) => !isEligible(candidate))
    .sort((a, b) => (a.bidHash < b.bidHash ? -1 : 1))
    .map((candidate) => ({ ...candidate, rank: 0 }))
  return [...rankBids(candidates.filter(isEligible), context), ...others]
}

const listFault = (
  candidates: readonly Candidate[],
  { auction, auctionId, digest, recover }: AuditContext,
): TranscriptFault | null => {
  const agents = new Set(candidates.map(({ bid }) => bid.message.provider))
  if (agents.size !== candidates.length) return 'BID_REPEATED'
  for (const { bid, reputation, specialty } of candidates) {
    if (!isScore(reputation) || !isScore(specialty)) return 'SCORE_OUT_OF_RANGE'
    const { message, signature } = bid
    const isSigned = recover(digest('Bid', message), signature) === message.provider
    if (message.auctionId !== auctionId || bidFault(message, auction) || !isSigned) {
      return 'BID_INVALID'
    }
  }
  return null
}

/** The root commits to the ranks as well: with these bids and scores, only the right ranking has it. */
const awardFault = (
  ranked: readonly RankedBid[],
  { auction, award }: AuditContext,
  weights: Weights,
): TranscriptFault | null => {
  if (transcriptRoot(ranked.map(transcriptLeaf)) !== award.transcriptRoot) return 'ROOT_MISMATCH'
  const at = ranked.findIndex(({ bidHash, rank }) => bidHash === award.bidHash && rank > 0)
  const winner = ranked[at]
  if (!winner) return 'WINNER_MISSING'
  const after = ranked[at + 1]
  const next = after && after.rank > 0 ? after : undefined
  const { maxPrice, closesAt, deliverBy, pricing } = auction
  const rates = awardRates(pricing, { winner, next }, { maxPrice, closesAt, deliverBy, weights })
  const isRight = rates.basePrice === award.basePrice && rates.pricePerMfuel === award.pricePerMfuel
  return isRight ? null : 'PRICE_MISMATCH'
}

/** Checks a transcript against what the requester signed; null when the award follows from it and the expected bid took part. */
export const checkTranscript = (
  { weights, bids }: Transcript,
  context: AuditContext,
): TranscriptFault | null => {
  const { auction, digest, expected } = context
  if (weightsHash(weights) !== auction.weightsHash) return 'WEIGHTS_MISMATCH'
  const candidates = bids.map((judged) => ({
    ...judged,
    bidHash: digest('Bid', judged.bid.message),
    price: priceOf(judged.bid.message, auction.maxFuel),
  }))
  const fault =
    listFault(candidates, context) ??
    awardFault(rankAll(candidates, auction, weights), context, weights)
  if (fault) return fault
  return candidates.some(({ bidHash }) => bidHash === expected) ? null : 'BID_LEFT_OUT'
}

import type { Address, Auction } from '../../protocols/common/index.ts'
import {
  type Candidate,
  DEFAULT_WEIGHTS,
  type RankedBid,
  rankAll,
  type Weights,
} from '../../protocols/market/index.ts'
import type { SeenBid, Sighting } from './sightings.ts'

/** What a requester knows of an agent: points from 0 to 100. */
export type Standing = { score: number; specialty: number }

export type RankingDeps = {
  /** Everyone starts at 50; never taken from the bid. */
  reputationOf?: (agent: Address) => Standing
  /** How bids are ranked; every auction commits to them. */
  weights?: Weights
}

const START: Standing = { score: 50, specialty: 50 }

const hundredths = (points: number): number =>
  Math.min(10_000, Math.max(0, Math.round(points * 100)))

/** Ranks the bids of an own auction, keeps the transcript that follows, and returns those that may win. */
export const rankSighting = (
  sighting: Sighting,
  { reputationOf = () => START, weights = DEFAULT_WEIGHTS }: RankingDeps,
): readonly RankedBid[] => {
  const candidateOf = ({ bid, bidHash, price }: SeenBid): Candidate => {
    const { score, specialty } = reputationOf(bid.message.provider)
    return {
      ...{ bid, bidHash, price },
      reputation: hundredths(score),
      specialty: hundredths(specialty),
    }
  }
  const auction: Auction = sighting.auction.message
  const ranked = rankAll([...sighting.bids.values()].map(candidateOf), auction, weights)
  sighting.transcript = { weights, ranked }
  return ranked.filter(({ rank }) => rank > 0)
}

import type { Amount, Hash, Signed, UnixSeconds } from '../common/index.ts'
import type { Weights } from './weights.ts'

/** A valid bid and what its requester knows of the bidder. Scores are integers in hundredths of a point (0 to 10,000). */
export type Candidate = {
  bid: Signed<'Bid'>
  bidHash: Hash
  price: Amount
  reputation: number
  specialty: number
}

/** What all bids of one auction are measured against. */
export type RankContext = {
  maxPrice: Amount
  closesAt: UnixSeconds
  deliverBy: UnixSeconds
  weights?: Weights
}

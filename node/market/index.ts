// Announces what this node wants computed, bids on what others want, and remembers what it heard. Agreements, money and work are others'.
export { type Auctioneer, type AuctionTerms, createAuctioneer } from './auctioneer.ts'
export { serveBidDesk } from './bid-desk.ts'
export { type BidderOptions, createBidder } from './bidder.ts'
export { type Board, type BoardOptions, createBoard } from './board.ts'
export { type Capacity, createCapacity } from './capacity.ts'
export { type Complaints, createComplaints } from './complaints.ts'
export { type BiddingPolicy, type BidFacts, createPricingPolicy } from './policy.ts'
export type { Standing } from './ranking.ts'

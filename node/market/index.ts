// Announces what this node wants computed, bids on what others want, and remembers what it heard. Agreements, money and work are others'.
export {
  type Auctioneer,
  createAuctioneer,
  type Standing,
} from './auctioneer.ts'
export { type BidderOptions, createBidder } from './bidder.ts'
export { type Board, type BoardOptions, createBoard } from './board.ts'
export { type Capacity, createCapacity } from './capacity.ts'

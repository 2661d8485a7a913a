/** How a task is paid for. */
export const SETTLEMENT = { CHANNEL: 0, ESCROW: 1 } as const
/** What the winner is paid: its own price, or the highest with which it would still have won. */
export const PRICING = { FIRST: 0, SECOND: 1 } as const
/** How bids reach the requester: by gossip in the clear, as commitments, or over a direct stream. */
export const BIDDING = { OPEN: 0, SEALED: 1, DIRECT: 2 } as const
/** What an agent complains of. A complaint warns; only a ruling settles who was right. */
export const COMPLAINT_REASON = {
  NOT_DELIVERED: 0,
  WRONG_RESULT: 1,
  NOT_PAID: 2,
  REFUND_REFUSED: 3,
} as const
/** How a program ended, as a receipt says it. Every one of them is the program's own verdict. */
export const RECEIPT_OUTCOME = {
  exit: 0,
  trap: 1,
  'out-of-fuel': 2,
  'stack-overflow': 3,
  'output-limit': 4,
} as const
export type OutcomeKind = keyof typeof RECEIPT_OUTCOME

/** One Mfuel, the unit of `pricePerMfuel`, in units of fuel. */
export const MFUEL = 1_000_000n
/** Most bytes of a gossiped market message. */
export const MAX_MESSAGE_BYTES = 2048
/** The furthest ahead that an auction may close, in seconds: what is kept about it must be forgotten some day. */
export const MAX_AUCTION_SECONDS = 86_400
/** The furthest ahead that a bid may bind, in seconds. */
export const MAX_BID_SECONDS = 7 * 86_400
/** The furthest ahead that a delivery may be due, in seconds. */
export const MAX_DELIVERY_SECONDS = 30 * 86_400
/** The longest that a requester may take to look at a result, in seconds. */
export const MAX_REVIEW_SECONDS = 7 * 86_400
/** Most slices of one task: each costs both sides a signature and a synced write. */
export const MAX_SLICES = 1000n

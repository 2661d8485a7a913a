/** What this step answers to agents that ask it directly. A bid that is not taken is answered with the code of its verdict. */
export type MarketFault =
  | 'BID_MALFORMED'
  | 'BID_NOT_YOURS'
  | 'AUCTION_UNKNOWN'
  | 'TRANSCRIPT_UNKNOWN'
  | 'TRANSCRIPT_MALFORMED'

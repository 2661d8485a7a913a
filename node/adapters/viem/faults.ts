/**
 * Why the chain, or what stands in front of it, refuses. CHAIN_UNREACHABLE: ask again. CALL_WOULD_REVERT, TX_REFUSED: `reason` in the
 * details. NONCE_TAKEN: another transaction of this account was mined with the same nonce.
 */
export type ChainFault =
  | 'CALL_WOULD_REVERT'
  | 'CHAIN_MISMATCH'
  | 'CHAIN_NOT_LOCAL'
  | 'CHAIN_UNREACHABLE'
  | 'DEPLOYMENT_MISSING'
  | 'FEE_TOO_HIGH'
  | 'INSUFFICIENT_FUNDS'
  | 'NONCE_TAKEN'
  | 'TX_REFUSED'
  | 'WELL_KNOWN_KEY'

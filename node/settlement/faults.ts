/**
 * Why a submission has no good end. TX_REVERTED: refused by the contract or before (details: `reason`, `hash` or null when nothing
 * was sent). SETTLEMENT_STOPPED: its end is not known yet; the same key gives it after the next start.
 */
export type SettlementFault = 'TX_REVERTED' | 'SETTLEMENT_STOPPED'

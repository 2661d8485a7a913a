// How long courts take and what they cost, per chain. Fixed when an arbiter is deployed.

/** As DisputeArbiterContract's CourtSettings: windows in seconds, `seedDelay` and `drawBlocks` in blocks. */
export type CourtSettings = {
  seats: readonly [number, number, number]
  bondWindow: number
  answerWindow: number
  evidenceWindow: number
  shortestCommit: number
  longestCommit: number
  revealWindow: number
  appealWindow: number
  /** Shortest time between two blocks. */
  blockMillis: number
  seedDelay: number
  drawBlocks: number
}

/** Per seat, in atomic units of a USD token with 6 decimals: what a party pays, and what a juror stakes. */
export type CourtRule = { seatFee: bigint; seatStake: bigint }

export type CourtTerms = { settings: CourtSettings; rule: CourtRule }

const HOUR = 3600

/** For local chains, where nobody waits. */
export const LOCAL_COURT: CourtTerms = {
  settings: {
    seats: [3, 7, 15],
    bondWindow: 20,
    answerWindow: 20,
    evidenceWindow: 30,
    shortestCommit: 20,
    longestCommit: 600,
    revealWindow: 20,
    appealWindow: 20,
    blockMillis: 1000,
    seedDelay: 2,
    drawBlocks: 200,
  },
  rule: { seatFee: 50_000n, seatStake: 20_000_000n },
}

const REAL_SETTINGS: CourtSettings = {
  seats: [7, 15, 31],
  bondWindow: 24 * HOUR,
  answerWindow: 24 * HOUR,
  evidenceWindow: 36 * HOUR,
  shortestCommit: 2 * HOUR,
  longestCommit: 12 * HOUR,
  revealWindow: 12 * HOUR,
  appealWindow: 24 * HOUR,
  blockMillis: 12_000,
  seedDelay: 5,
  // A day: these chains serve the hashes of 8,191 blocks (EIP-2935).
  drawBlocks: 7200,
}

const POLYGON = 137

/** For networks where money is real. */
export const realCourt = (chainId: number): CourtTerms =>
  chainId === POLYGON
    ? {
        // Only blockhash is sure to be there, which reaches 256 blocks.
        settings: { ...REAL_SETTINGS, blockMillis: 1000, drawBlocks: 250 },
        rule: { seatFee: 100_000n, seatStake: 50_000_000n },
      }
    : { settings: REAL_SETTINGS, rule: { seatFee: 500_000n, seatStake: 50_000_000n } }

import type { Amount, UnixSeconds } from '../common/index.ts'

/** As DisputeArbiterContract's settings: windows in seconds, delays in blocks, `blockMillis` the shortest time between blocks. */
export type CourtSettings = {
  seats: readonly [number, number, number]
  evidenceWindow: number
  shortestCommit: number
  longestCommit: number
  revealWindow: number
  appealWindow: number
  blockMillis: number
  seedDelay: number
  drawBlocks: number
}

/** What a token's court costs per seat: a party pays `seatFee`, a juror stakes `seatStake`. */
export type CourtRule = { seatFee: Amount; seatStake: Amount }

const JUROR_FACTOR = 10

/** A round's fees: what whoever asks for it must bond. */
export const feesOf = ({ seats }: CourtSettings, { seatFee }: CourtRule, round: number): Amount =>
  BigInt(seats[round] ?? 0) * seatFee

/** The first round over this value at stake (maxPrice + required stake); null where no jury stakes as much: do not sign that. */
export const firstRoundFor = (
  { seats }: CourtSettings,
  { seatStake }: CourtRule,
  value: Amount,
): number | null => {
  const round = seats.findIndex((size) => BigInt(size) * seatStake >= value)
  return round === -1 ? null : round
}

/** Seconds that a jury has to run a task again: ten times what the agreement left for it, within bounds. */
export const commitSecondsOf = (
  { shortestCommit, longestCommit }: CourtSettings,
  agreed: { startBy: UnixSeconds; deliverBy: UnixSeconds },
): number => {
  const seconds = Math.max(0, agreed.deliverBy - agreed.startBy) * JUROR_FACTOR
  return Math.min(longestCommit, Math.max(shortestCommit, seconds))
}

/** Blocks from opening to the block whose hash is the first seed. */
export const blocksToSeed = ({ evidenceWindow, blockMillis, seedDelay }: CourtSettings): number =>
  Math.floor((evidenceWindow * 1000) / blockMillis) + seedDelay

/** Longest time from opening to ruling at the shortest time between blocks, in seconds. */
export const longestDisputeOf = (settings: CourtSettings): number => {
  const blocks = 2 * (settings.seedDelay + settings.drawBlocks + 1)
  const waiting = Math.ceil((blocks * settings.blockMillis) / 1000)
  const round = settings.longestCommit + settings.revealWindow + settings.appealWindow + waiting
  return settings.evidenceWindow + settings.seats.length * round
}

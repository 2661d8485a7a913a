import type { Address, Fuel, Hash, Hex } from '../common/index.ts'
import { hashWords } from './words.ts'

/** In place of a result hash; no result has such a hash. What else such a vote says is ignored. */
export const NO_RESULT = {
  inputMissing: `0x${'1'.padStart(64, '0')}`,
  outputMissing: `0x${'2'.padStart(64, '0')}`,
  hostFailure: `0x${'3'.padStart(64, '0')}`,
} as const satisfies Record<string, Hash>

/** What one juror found when it ran the task again; `exitCode` is signed, 32 bits. */
export type Vote = {
  resultHash: Hash
  fuelUsed: Fuel
  exitCode: number
  /** Hash of the memory at the fuel point that probePointOf() names. */
  memoryProbe: Hash
}

/** One seat of one dispute: the agreement's hash, the round from 0, and who sits there. */
export type SeatName = { dispute: Hash; round: number; juror: Address }

/** What a vote comes to on chain: 20 bytes of answer and 11 of the memory's hash. Votes are equal where both are. */
export type Ballot = { answer: Hex; probe: Hex }

const NO_PROBE: Hex = `0x${'00'.repeat(11)}`
const ANSWER_DIGITS = 40
const PROBE_DIGITS = 22

const isNoResult = (resultHash: Hash): boolean =>
  Object.values(NO_RESULT).some((hash) => hash === resultHash)

/** All that two honest runs agree on, 20 bytes; what stands for no result stands for itself. */
export const answerOf = ({ resultHash, fuelUsed, exitCode }: Omit<Vote, 'memoryProbe'>): Hex =>
  isNoResult(resultHash)
    ? `0x${resultHash.slice(-ANSWER_DIGITS)}`
    : `0x${hashWords([resultHash, fuelUsed, exitCode]).slice(2, 2 + ANSWER_DIGITS)}`

/** The vote as the court keeps it once it is revealed. */
export const ballotOf = (vote: Vote): Ballot => ({
  answer: answerOf(vote),
  probe: isNoResult(vote.resultHash)
    ? NO_PROBE
    : `0x${vote.memoryProbe.slice(2, 2 + PROBE_DIGITS)}`,
})

/** What a juror commits to. It names the seat, so a copied commitment cannot be opened; the salt must be secret and random. */
export const commitmentOf = ({ dispute, round, juror }: SeatName, vote: Vote, salt: Hash): Hash =>
  hashWords([
    dispute,
    round,
    juror,
    vote.resultHash,
    vote.fuelUsed,
    vote.exitCode,
    vote.memoryProbe,
    salt,
  ])

/** The seed of a round's draw, from the hash of the block that was fixed for it. */
export const seedOf = (blockHash: Hash, dispute: Hash, round: number): Hash =>
  hashWords([blockHash, dispute, round])

/** After how much fuel the memory is hashed, for a run that uses `fuelUsed` in all: known to nobody before the draw. */
export const probePointOf = (seed: Hash, fuelUsed: Fuel): Fuel => BigInt(seed) % (fuelUsed + 1n)

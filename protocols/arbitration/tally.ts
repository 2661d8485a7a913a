import type { Amount, Hex } from '../common/index.ts'
import type { Ballot } from './vote.ts'

const INCOHERENT_PERCENT = 50n
const UNREVEALED_PERCENT = 10n

/** A seat at the end of its round; null where nothing was revealed. */
export type Seat = Ballot | null

const isSame = (one: Ballot, other: Ballot): boolean =>
  one.answer === other.answer && one.probe === other.probe

/** The ballot of more than half of all `size` seats of a round, filled or not; null where there is none. */
export const majorityOf = (seats: readonly Seat[], size: number): Ballot | null =>
  seats.find(
    (seat): seat is Ballot =>
      seat !== null &&
      seats.filter((other) => other !== null && isSame(seat, other)).length * 2 > size,
  ) ?? null

const isEarner = (seat: Ballot, majority: Ballot | null, finalAnswer: Hex | null): boolean => {
  if (finalAnswer === null) return true
  return majority?.answer === finalAnswer ? isSame(seat, majority) : seat.answer === finalAnswer
}

/** A round that is over: how many seats it was for, what one of them staked, and what jurors are measured against (null: nothing). */
export type EndedRound = { size: number; seatStake: Amount; finalAnswer: Hex | null }

/** What each seat loses of its stake; who loses nothing shares fees and losses. */
export const lossesOf = (seats: readonly Seat[], round: EndedRound): Amount[] => {
  const majority = majorityOf(seats, round.size)
  return seats.map((seat) => {
    if (seat === null) return (round.seatStake * UNREVEALED_PERCENT) / 100n
    if (isEarner(seat, majority, round.finalAnswer)) return 0n
    return (round.seatStake * INCOHERENT_PERCENT) / 100n
  })
}

/** What each seat is paid of a round's fees and losses; all zero where nobody earned. */
export const earningsOf = (losses: readonly Amount[], fees: Amount): Amount[] => {
  const earners = BigInt(losses.filter((loss) => loss === 0n).length)
  if (earners === 0n) return losses.map(() => 0n)
  const pot = losses.reduce((sum, loss) => sum + loss, fees)
  const first = losses.indexOf(0n)
  return losses.map((loss, place) => {
    if (loss > 0n) return 0n
    return place === first ? pot / earners + (pot % earners) : pot / earners
  })
}

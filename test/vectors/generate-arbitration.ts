// Writes arbitration.json: what the court hashes, counts and charges, by viem and by the design's rules written out plainly, so that neither
// the contract nor the node's own functions mark their own work. With --check it only compares and fails when stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeAbiParameters, type Hex, keccak256, parseAbiParameters, slice, toHex } from 'viem'

const hashOf = (text: string): Hex => keccak256(toHex(text))
const number = (text: string, bits: number): bigint => BigInt.asUintN(bits, BigInt(hashOf(text)))
const padded = (value: bigint): Hex => toHex(value, { size: 32 })
const MOST = 2n ** 96n - 1n

// Votes: whatever a run can end with, and what stands for no result.

const results: readonly Hex[] = [
  hashOf('result'),
  padded(0n),
  padded(1n),
  padded(2n),
  padded(3n),
  padded(4n),
]
const runs = [
  { fuelUsed: 0n, exitCode: 0 },
  { fuelUsed: 25_123_456n, exitCode: -1 },
  { fuelUsed: 2n ** 64n - 1n, exitCode: -(2 ** 31) },
  { fuelUsed: 1n, exitCode: 2 ** 31 - 1 },
]

const answerOf = (resultHash: Hex, fuelUsed: bigint, exitCode: number): Hex =>
  BigInt(resultHash) >= 1n && BigInt(resultHash) <= 3n
    ? slice(resultHash, 12)
    : slice(
        keccak256(
          encodeAbiParameters(parseAbiParameters('bytes32, uint64, int32'), [
            resultHash,
            fuelUsed,
            exitCode,
          ]),
        ),
        0,
        20,
      )

const voteOf = (resultHash: Hex, { fuelUsed, exitCode }: (typeof runs)[number], place: number) => {
  const [dispute, salt] = [hashOf(`dispute ${place}`), hashOf(`salt ${place}`)]
  const memoryProbe = hashOf(`memory ${place}`)
  const juror = slice(hashOf(`juror ${place}`), 12)
  const round = place % 3
  const commitment = keccak256(
    encodeAbiParameters(
      parseAbiParameters('bytes32, uint8, address, bytes32, uint64, int32, bytes32, bytes32'),
      [dispute, round, juror, resultHash, fuelUsed, exitCode, memoryProbe, salt],
    ),
  )
  return {
    ...{ dispute, round, juror, resultHash, fuelUsed: fuelUsed.toString(), exitCode },
    ...{ memoryProbe, salt, commitment, answer: answerOf(resultHash, fuelUsed, exitCode) },
  }
}

const votes = results.flatMap((result, row) =>
  runs.map((run, column) => voteOf(result, run, row * runs.length + column)),
)

const seeds = [0, 1, 2].map((round) => {
  const [blockHash, dispute] = [hashOf(`block ${round}`), hashOf(`dispute ${round}`)]
  const words = parseAbiParameters('bytes32, bytes32, uint8')
  const seed = keccak256(encodeAbiParameters(words, [blockHash, dispute, round]))
  return { blockHash, dispute, round, seed }
})

// Tallies: a seat is 0 where nothing was revealed, else answer x 2 + probe, with answers from 1 and probes 0 and 1.

const answerIn = (seat: number): number => Math.floor(seat / 2)

const winnerOf = (seats: readonly number[], size: number): number => {
  const counts = new Map<number, number>()
  for (const seat of seats) if (seat > 0) counts.set(seat, (counts.get(seat) ?? 0) + 1)
  for (const [seat, count] of counts) if (count > size / 2) return seat
  return 0
}

const tallyOf = (size: number, seats: readonly number[], finalAnswer: number) => {
  const [stake, fees] = [BigInt(50_000_001 + seats.length), BigInt(size) * 1_000_003n]
  const winner = winnerOf(seats, size)
  const isRight = (seat: number): boolean => {
    if (finalAnswer === 0) return true
    return answerIn(winner) === finalAnswer ? seat === winner : answerIn(seat) === finalAnswer
  }
  const losses = seats.map((seat) => {
    if (seat === 0) return stake / 10n
    return isRight(seat) ? 0n : stake / 2n
  })
  return {
    ...{ size, stake: stake.toString(), fees: fees.toString(), seats, finalAnswer, winner },
    losses: losses.map(String),
  }
}

const everyJuryOfThree = Array.from({ length: 6 ** 3 }, (_, n) =>
  [n % 6, Math.floor(n / 6) % 6, Math.floor(n / 36)].map((seat) => (seat === 0 ? 0 : seat + 1)),
)
const scattered = (round: number): number[] => {
  const size = [7, 15, 31][round % 3] as number
  const length = round % 4 === 0 ? size - 3 : size
  const variety = 2n + BigInt(round % 5)
  return Array.from({ length }, (_, seat) => {
    const pick = Number(number(`tally ${round} ${seat}`, 32) % variety)
    return pick === 0 ? 0 : pick + 1
  })
}
const tallies = [
  ...everyJuryOfThree.map((seats, n) => tallyOf(3, seats, n % 4)),
  ...Array.from({ length: 90 }, (_, round) =>
    tallyOf([7, 15, 31][round % 3] as number, scattered(round), round % 4),
  ),
]

// Fees, which the funds of both sides together always cover.

const charged = (first: bigint, second: bigint, fees: bigint): [bigint, bigint] =>
  first >= fees ? [first - fees, second] : [0n, second - (fees - first)]

const halved = (first: bigint, second: bigint, fees: bigint): [bigint, bigint] => {
  const ofFirst = fees / 2n
  const ofSecond = fees - ofFirst
  if (first < ofFirst) return [0n, second + first - fees]
  if (second < ofSecond) return [first + second - fees, 0n]
  return [first - ofFirst, second - ofSecond]
}

const feeVector = (first: bigint, second: bigint, fees: bigint) => {
  const [chargedFirst, chargedSecond] = charged(first, second, fees)
  const [halvedFirst, halvedSecond] = halved(first, second, fees)
  const all = { first, second, fees, chargedFirst, chargedSecond, halvedFirst, halvedSecond }
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value.toString()]))
}

const FUNDS = [0n, 1n, 2n, 3n, 10n, 3_000_001n, MOST]
const charges = FUNDS.flatMap((first) =>
  FUNDS.flatMap((second) =>
    [0n, 1n, 2n, 3n, 7n, 11n, 5_999_999n, MOST]
      .filter((fees) => fees <= first + second)
      .map((fees) => feeVector(first, second, fees)),
  ),
)

const amounts = [0n, 30_000_000n, 60_000_001n, MOST]
const debts = amounts.flatMap((paid) =>
  amounts.flatMap((refunded) =>
    amounts.flatMap((deposit) =>
      amounts.map((owed) => {
        const loss = paid > refunded ? paid - refunded : 0n
        const open = owed > loss ? owed - loss : 0n
        const due = open < deposit ? open : deposit
        const all = { paid, refunded, deposit, owed, loss, due }
        return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, `${value}`]))
      }),
    ),
  ),
)

// Verdicts by number, and for each opener (0 requester, 1 provider). Severity in hundredths of a percent.

const RIGHT = { isOwed: true, severity: 0 }
const NOT_OWED = { isOwed: false, severity: 0 }
const TABLE = [
  RIGHT,
  { isOwed: false, severity: 10_000 },
  { isOwed: false, severity: 10_000 },
  { isOwed: false, severity: 2_500 },
  { isOwed: false, severity: 1_000 },
  RIGHT,
  RIGHT,
  { isOwed: false, severity: 2_500 },
  RIGHT,
  RIGHT,
  RIGHT,
  NOT_OWED,
]
const [HOST_FAILURE, STALLED, UNDECIDED] = [10, 11, 12]

const verdicts = TABLE.flatMap(({ isOwed, severity }, index) =>
  [0, 1].map((opener) => {
    const verdict = index + 1
    const byOpener = verdict === HOST_FAILURE || verdict === STALLED
    const loser = byOpener ? opener : Number(!isOwed)
    const isMeasured = verdict !== HOST_FAILURE && verdict !== UNDECIDED
    const liability = severity === 0 ? 0n : (20_000_003n * BigInt(severity)) / 10_000n + 7n
    return {
      ...{ verdict, opener, isOwed, loser, isMeasured },
      requesterAppeals: !isMeasured || loser === 0,
      providerAppeals: !isMeasured || loser === 1,
      liability: liability.toString(),
    }
  }),
)

/** Bits as on chain: joined 1, answered 2, equivocated 4, accepted 8, late 16. */
const plainOf = (facts: number, opener: number): number => {
  if (facts & 4) return 3
  if (!(facts & 2)) return 4
  if (facts & 8) return 6
  if (facts & 16) return 5
  if (facts & 1) return 0
  return opener === 0 ? 8 : 9
}
const evidence = Array.from({ length: 64 }, (_, n) => {
  const [facts, opener] = [n >> 1, n & 1]
  return { facts, opener, verdict: plainOf(facts, opener) }
})

// Rounds, for juries of 3, 7 and 15 at 1.00 a seat that stake 50.00 each; 3 stands for no round.

const rounds = [0, 1, 149_999_999, 150_000_000, 150_000_001, 350_000_000, 350_000_001, 750_000_000]
  .concat([750_000_001, 2_000_000_000])
  .map((value) => {
    const round = [150e6, 350e6, 750e6].filter((covered) => value > covered).length
    return { value: String(value), round, bond: String([3e6, 7e6, 15e6, 0][round]) }
  })

/** Between one hour and twelve. */
const times = [0, 1, 359, 360, 361, 600, 4_319, 4_320, 4_321, 100_000].map((seconds) => ({
  startBy: 1_800_000_000,
  deliverBy: 1_800_000_000 + seconds,
  commitSeconds: Math.min(43_200, Math.max(3_600, seconds * 10)),
}))

const path = join(import.meta.dirname, 'arbitration.json')
const sections = { votes, seeds, tallies, charges, debts, verdicts, evidence, rounds, times }
const body = Object.entries(sections)
  .map(([name, rows]) => {
    const lines = (rows as object[]).map((row) => `    ${JSON.stringify(row)}`)
    return `  "${name}": [\n${lines.join(',\n')}\n  ]`
  })
  .join(',\n')
const text = `{\n${body}\n}\n`
if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (readFileSync(path, 'utf8') !== text) {
  process.stderr.write(
    'stale: test/vectors/arbitration.json\nRun: node test/vectors/generate-arbitration.ts\n',
  )
  process.exitCode = 1
}

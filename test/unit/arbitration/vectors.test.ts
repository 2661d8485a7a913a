import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import {
  answerOf,
  type Ballot,
  ballotOf,
  type CourtSettings,
  type CourtVerdict,
  charge,
  commitmentOf,
  commitSecondsOf,
  dueOf,
  feesOf,
  firstRoundFor,
  halve,
  isOwed,
  liabilityOf,
  loserOf,
  lossesOf,
  lossOf,
  majorityOf,
  mayAppeal,
  measuresJurors,
  type Side,
  seedOf,
  VERDICTS,
  withoutJury,
} from '../../../protocols/arbitration/index.ts'
import type { Hash, Hex } from '../../../protocols/common/index.ts'

type Vectors = {
  votes: {
    dispute: Hash
    round: number
    juror: Hex
    resultHash: Hash
    fuelUsed: string
    exitCode: number
    memoryProbe: Hash
    salt: Hash
    commitment: Hash
    answer: Hex
  }[]
  seeds: { blockHash: Hash; dispute: Hash; round: number; seed: Hash }[]
  tallies: {
    size: number
    stake: string
    seats: number[]
    finalAnswer: number
    winner: number
    losses: string[]
  }[]
  charges: Record<
    'first' | 'second' | 'fees' | 'chargedFirst' | 'chargedSecond' | 'halvedFirst' | 'halvedSecond',
    string
  >[]
  debts: Record<'paid' | 'refunded' | 'deposit' | 'owed' | 'loss' | 'due', string>[]
  verdicts: {
    verdict: number
    opener: number
    isOwed: boolean
    loser: number
    isMeasured: boolean
    requesterAppeals: boolean
    providerAppeals: boolean
    liability: string
  }[]
  evidence: { facts: number; opener: number; verdict: number }[]
  rounds: { value: string; round: number; bond: string }[]
  times: { startBy: number; deliverBy: number; commitSeconds: number }[]
}

const path = join(import.meta.dirname, '../../vectors/arbitration.json')
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors

const SIDES: readonly Side[] = ['requester', 'provider']
const sideOf = (index: number) => SIDES[index] as Side
const verdictOf = (index: number) => VERDICTS[index] as CourtVerdict
const settings: CourtSettings = {
  seats: [3, 7, 15],
  evidenceWindow: 10_800,
  shortestCommit: 3_600,
  longestCommit: 43_200,
  revealWindow: 2_400,
  appealWindow: 3_000,
  blockMillis: 12_000,
  seedDelay: 5,
  drawBlocks: 200,
}
const rule = { seatFee: 1_000_000n, seatStake: 50_000_000n }

const answerNamed = (index: number): Hex => `0x${index.toString(16).padStart(40, '0')}`
const ballotNamed = (seat: number): Ballot | null =>
  seat === 0
    ? null
    : {
        answer: answerNamed(Math.floor(seat / 2)),
        probe: `0x${String(seat % 2).padStart(22, '0')}`,
      }

describe('what the court decides, as the vectors say', () => {
  it('commits to a vote', () => {
    for (const { dispute, round, juror, salt, commitment, ...rest } of vectors.votes) {
      const vote = { ...rest, fuelUsed: BigInt(rest.fuelUsed) }
      assert.equal(commitmentOf({ dispute, round, juror }, vote, salt), commitment)
      assert.equal(answerOf(vote), rest.answer)
      assert.equal(ballotOf(vote).answer, rest.answer)
    }
  })
  it('names the seed of a draw', () => {
    for (const { blockHash, dispute, round, seed } of vectors.seeds) {
      assert.equal(seedOf(blockHash, dispute, round), seed)
    }
  })
  it('counts votes and takes what seats lose', () => {
    assert.ok(vectors.tallies.length > 300)
    for (const { size, stake, seats, finalAnswer, winner, losses } of vectors.tallies) {
      const ballots = seats.map(ballotNamed)
      assert.deepEqual(majorityOf(ballots, size), ballotNamed(winner))
      const answer = finalAnswer === 0 ? null : answerNamed(finalAnswer)
      const round = { size, seatStake: BigInt(stake), finalAnswer: answer }
      assert.deepEqual(lossesOf(ballots, round).map(String), losses)
    }
  })
  it('charges fees', () => {
    for (const vector of vectors.charges) {
      const funds = [BigInt(vector.first), BigInt(vector.second)] as const
      const fees = BigInt(vector.fees)
      assert.deepEqual(charge(funds, fees).map(String), [vector.chargedFirst, vector.chargedSecond])
      assert.deepEqual(halve(funds, fees).map(String), [vector.halvedFirst, vector.halvedSecond])
    }
  })
  it('finds what is still owed', () => {
    for (const { paid, refunded, deposit, owed, loss, due } of vectors.debts) {
      assert.equal(lossOf(BigInt(paid), BigInt(refunded)), BigInt(loss))
      assert.equal(dueOf(BigInt(owed), BigInt(loss), BigInt(deposit)), BigInt(due))
    }
  })
  it('draws the consequences of a verdict', () => {
    assert.equal(vectors.verdicts.length, 2 * (VERDICTS.length - 1))
    for (const vector of vectors.verdicts) {
      const [verdict, opener] = [verdictOf(vector.verdict), sideOf(vector.opener)]
      assert.equal(isOwed(verdict), vector.isOwed, verdict)
      assert.equal(loserOf(verdict, opener), sideOf(vector.loser), verdict)
      assert.equal(measuresJurors(verdict), vector.isMeasured, verdict)
      assert.equal(mayAppeal(verdict, opener, 'requester'), vector.requesterAppeals, verdict)
      assert.equal(mayAppeal(verdict, opener, 'provider'), vector.providerAppeals, verdict)
      assert.equal(liabilityOf(verdict, 20_000_003n, 7n), BigInt(vector.liability), verdict)
    }
  })
  it('decides without a jury where evidence is plain', () => {
    for (const { facts, opener, verdict } of vectors.evidence) {
      const evidence = {
        joined: (facts & 1) > 0,
        answered: (facts & 2) > 0,
        equivocated: (facts & 4) > 0,
        accepted: (facts & 8) > 0,
        late: (facts & 16) > 0,
      }
      assert.equal(withoutJury(evidence, sideOf(opener)), verdictOf(verdict))
    }
  })
  it('chooses the first round', () => {
    for (const { value, round, bond } of vectors.rounds) {
      const found = firstRoundFor(settings, rule, BigInt(value))
      assert.equal(found ?? 3, round)
      assert.equal(feesOf(settings, rule, found ?? 3), BigInt(bond))
    }
  })
  it('gives jurors their time', () => {
    for (const { commitSeconds, ...agreed } of vectors.times) {
      assert.equal(commitSecondsOf(settings, agreed), commitSeconds)
    }
  })
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { encodeAbiParameters, type Hex, keccak256, parseAbiParameters } from 'viem'
import { REAL_TIMES } from '../../../contracts/court.ts'
import { LOCAL_COURT, realCourt } from '../../../contracts/court-settings.ts'
import {
  answerOf,
  type Ballot,
  ballotOf,
  blocksToSeed,
  charge,
  commitmentOf,
  earningsOf,
  halve,
  longestDisputeOf,
  lossesOf,
  majorityOf,
  NO_RESULT,
  ofJury,
  probePointOf,
  type Vote,
} from '../../../protocols/arbitration/index.ts'

const bytes32 = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`)
const votes = fc.record({
  resultHash: fc.oneof(bytes32, fc.constantFrom(...Object.values(NO_RESULT))),
  fuelUsed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  exitCode: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  memoryProbe: bytes32,
})
const words = parseAbiParameters(
  'bytes32, uint8, address, bytes32, uint64, int32, bytes32, bytes32',
)

describe('a vote', () => {
  it('is committed to as viem would encode it', () => {
    fc.assert(
      fc.property(votes, bytes32, bytes32, (vote, id, salt) => {
        const at = Number(BigInt(salt) % 3n)
        const juror = `0x${id.slice(-40)}` as const
        const { resultHash, fuelUsed, exitCode, memoryProbe } = vote
        const preimage = encodeAbiParameters(words, [
          ...([id, at, juror] as const),
          ...([resultHash, fuelUsed, exitCode, memoryProbe, salt] as const),
        ])
        const seat = { dispute: id, round: at, juror }
        assert.equal(commitmentOf(seat, vote, salt), keccak256(preimage))
      }),
    )
  })
  it('without a result is the same whatever else it says', () => {
    fc.assert(
      fc.property(votes, votes, (one, other) => {
        const resultHash = NO_RESULT.inputMissing
        assert.deepEqual(ballotOf({ ...one, resultHash }), ballotOf({ ...other, resultHash }))
      }),
    )
  })
  it('with a result shows fuel, exit code and memory', () => {
    const vote: Vote = {
      resultHash: `0x${'ab'.repeat(32)}`,
      fuelUsed: 5n,
      exitCode: 0,
      memoryProbe: `0x${'cd'.repeat(32)}`,
    }
    const { answer, probe } = ballotOf(vote)
    assert.equal(probe, `0x${'cd'.repeat(11)}`)
    assert.notEqual(answerOf({ ...vote, fuelUsed: 6n }), answer)
    assert.notEqual(answerOf({ ...vote, exitCode: 1 }), answer)
    assert.equal(ofJury(answer, answer), 'right')
    assert.equal(ofJury(answerOf({ ...vote, exitCode: 1 }), answer), 'wrong')
  })
})

describe('a finding', () => {
  const shown: Hex = `0x${'11'.repeat(20)}`
  const found = (hash: Hex) => ofJury(`0x${hash.slice(-40)}`, shown)

  it('without a majority is undecided', () => assert.equal(ofJury(null, shown), 'undecided'))
  it('tells why there is no result', () => {
    assert.equal(found(NO_RESULT.inputMissing), 'input-missing')
    assert.equal(found(NO_RESULT.outputMissing), 'undelivered')
    assert.equal(found(NO_RESULT.hostFailure), 'host-failure')
  })
})

describe('the point at which memory is hashed', () => {
  it('lies within the run', () => {
    fc.assert(
      fc.property(bytes32, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (seed, fuel) => {
        const point = probePointOf(seed, fuel)
        assert.ok(point >= 0n && point <= fuel)
      }),
    )
  })
})

const seats = fc.array(
  fc.option(
    fc.record({
      answer: fc.constantFrom<Hex>('0x01', '0x02', '0x03'),
      probe: fc.constantFrom<Hex>('0x0a', '0x0b'),
    }),
  ),
  { maxLength: 31 },
)

describe('a round', () => {
  const isSame = (a: Ballot | null, b: Ballot | null) =>
    a?.answer === b?.answer && a?.probe === b?.probe

  it('has the same majority in any order', () => {
    fc.assert(
      fc.property(seats, fc.nat(30), (all, turn) => {
        const turned = [...all.slice(turn), ...all.slice(0, turn)].reverse()
        assert.ok(isSame(majorityOf(all, 31), majorityOf(turned, 31)))
      }),
    )
  })
  it('pays out fees and losses to the unit, or to nobody', () => {
    const finals = fc.constantFrom<Hex | null>('0x01', '0x02', null)
    const amount = fc.bigInt({ min: 10n, max: 2n ** 80n })
    const money = fc.record({ seatStake: amount, fees: amount })
    fc.assert(
      fc.property(seats, finals, money, (all, finalAnswer, { seatStake, fees }) => {
        const losses = lossesOf(all, { size: 31, seatStake, finalAnswer })
        const paid = earningsOf(losses, fees).reduce((sum, amount) => sum + amount, 0n)
        const pot = losses.reduce((sum, loss) => sum + loss, fees)
        assert.equal(paid, losses.includes(0n) ? pot : 0n)
      }),
    )
  })
})

describe('fees', () => {
  it('leave no unit behind and overdraw nobody', () => {
    const amount = fc.bigInt({ min: 0n, max: 2n ** 96n })
    fc.assert(
      fc.property(amount, amount, amount, (first, second, wanted) => {
        const fees = wanted % (first + second + 1n)
        for (const left of [charge([first, second], fees), halve([first, second], fees)]) {
          assert.equal(left[0] + left[1], first + second - fees)
          assert.ok(left[0] >= 0n && left[1] >= 0n)
        }
      }),
    )
  })
})

describe('the courts that are deployed', () => {
  for (const [name, { settings }] of Object.entries({
    ethereum: realCourt(1),
    polygon: realCourt(137),
  })) {
    it(`are given time enough by the escrow on ${name}`, () => {
      assert.ok(longestDisputeOf(settings) < REAL_TIMES.longestDispute)
    })
  }
  it('wait for a seed that comes after the evidence', () => {
    assert.equal(blocksToSeed(LOCAL_COURT.settings), 32)
  })
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import {
  type DuplexEnd,
  type SimplexEnd,
  splitDuplex,
  splitSimplex,
} from '../../../protocols/channel/index.ts'

type Vector = Record<'mode' | 'depositA' | 'amountB' | 'sentA' | 'sentB' | 'payA' | 'payB', string>

const path = join(import.meta.dirname, '../../vectors/settlement.json')
const { vectors } = JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector[] }
const greater = (a: bigint, b: bigint) => (a < b ? b : a)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index))

describe('the vectors of settlement that the contract is held against', () => {
  it('are split alike here', () => {
    for (const vector of vectors) {
      const [depositA, amountB] = [BigInt(vector.depositA), BigInt(vector.amountB)]
      const [sentA, sentB] = [BigInt(vector.sentA), BigInt(vector.sentB)]
      const split =
        vector.mode === 'DUPLEX'
          ? splitDuplex({ depositA, depositB: amountB, sentA, sentB })
          : splitSimplex({ deposit: depositA, claimed: amountB, sent: sentA })
      const expected = { payA: BigInt(vector.payA), payB: BigInt(vector.payB) }
      assert.deepEqual(split, expected, JSON.stringify(vector))
    }
  })

  it('are of both modes', () => {
    const modes = new Set(vectors.map(({ mode }) => mode))
    assert.deepEqual([...modes].sort(), ['DUPLEX', 'SIMPLEX'])
    assert.ok(vectors.length > 400)
  })
})

// What the off-chain rule lets a side accept: s <= deposit of the payer + what the receiver promised itself.
const isAcceptable = (sent: bigint, depositOfPayer: bigint, sentByReceiver: bigint) =>
  sent <= depositOfPayer + sentByReceiver

const checkDuplex = (end: DuplexEnd) => {
  const { depositA, depositB, sentA, sentB } = end
  const { payA, payB } = splitDuplex(end)
  assert.ok(payA >= 0n && payB >= 0n && payA + payB === depositA + depositB)
  const isFair = isAcceptable(sentA, depositA, sentB) && isAcceptable(sentB, depositB, sentA)
  if (isFair) assert.equal(payA, depositA + sentB - sentA)
}

const checkSimplex = (end: SimplexEnd) => {
  const { deposit, claimed, sent } = end
  const { payA, payB } = splitSimplex(end)
  assert.equal(claimed + payB, greater(claimed, -greater(-sent, -deposit)))
  assert.ok(payA >= 0n && payA + payB + claimed === deposit)
}

const duplexEnds = (deposits: number, promises: number): DuplexEnd[] =>
  upTo(deposits).flatMap((depositA) =>
    upTo(deposits).flatMap((depositB) =>
      upTo(promises).flatMap((sentA) =>
        upTo(promises).map((sentB) => ({ depositA, depositB, sentA, sentB })),
      ),
    ),
  )

describe('a DUPLEX channel of any small amounts', () => {
  it('pays all of it, and each side what it is owed where promises were acceptable', () => {
    for (const end of duplexEnds(7, 22)) checkDuplex(end)
  })
})

describe('a SIMPLEX channel of any small amounts', () => {
  it('pays the greater of what was claimed and what the promise is worth', () => {
    const ends = upTo(12).flatMap((deposit) =>
      upTo(Number(deposit) + 1).flatMap((claimed) =>
        upTo(30).map((sent) => ({ deposit, claimed, sent })),
      ),
    )
    for (const end of ends) checkSimplex(end)
  })
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { encodeAbiParameters, keccak256 } from 'viem'
import { type Hash, ZERO_HASH } from '../../../protocols/common/index.ts'
import {
  type Candidate,
  rankBids,
  tagsHash,
  transcriptLeaf,
  transcriptRoot,
  weightsHash,
} from '../../../protocols/market/index.ts'
import { aBid, anyValue, hash } from '../../builders/messages.ts'

const context = { maxPrice: 1_000_000n, closesAt: 1_000, deliverBy: 1_100 }

const aCandidate = (changes: Partial<Candidate> & { etaMs?: number } = {}): Candidate => ({
  bid: { message: aBid({ etaMs: changes.etaMs ?? 5_000 }), signature: `0x${'00'.repeat(65)}` },
  bidHash: changes.bidHash ?? hash(1),
  price: changes.price ?? 500_000n,
  reputation: changes.reputation ?? 5_000,
  specialty: changes.specialty ?? 5_000,
})

const anyCandidate = fc
  .record({
    bidHash: anyValue.bytes32,
    price: fc.bigInt({ min: 0n, max: 1_000_000n }),
    reputation: fc.integer({ min: 0, max: 10_000 }),
    specialty: fc.integer({ min: 0, max: 10_000 }),
    etaMs: fc.integer({ min: 0, max: 100_000 }),
  })
  .map(aCandidate)
const anyCandidates = fc.uniqueArray(anyCandidate, {
  minLength: 1,
  maxLength: 12,
  selector: ({ bidHash }) => bidHash,
})

const order = (candidates: readonly Candidate[]) =>
  rankBids(candidates, context).map(({ bidHash }) => bidHash)
const rankOf = (candidates: readonly Candidate[], bidHash: Hash) =>
  rankBids(candidates, context).find((ranked) => ranked.bidHash === bidHash)?.rank ?? Infinity

describe('two bids that differ in one thing', () => {
  const plain = aCandidate({ bidHash: hash(1) })
  for (const [what, better] of Object.entries({
    price: aCandidate({ bidHash: hash(2), price: 499_999n }),
    reputation: aCandidate({ bidHash: hash(2), reputation: 5_001 }),
    specialty: aCandidate({ bidHash: hash(2), specialty: 5_001 }),
    eta: aCandidate({ bidHash: hash(2), etaMs: 4_999 }),
  })) {
    it(`are ranked by ${what}, better first, by the smallest difference`, () => {
      assert.deepEqual(order([plain, better]), [hash(2), hash(1)])
    })
  }

  it('are ranked by the lower hash where they differ in nothing else', () => {
    const same = aCandidate({ bidHash: hash(2) })
    assert.deepEqual(order([same, plain]), [hash(1), hash(2)])
  })
})

describe('the weights', () => {
  it('let a tenth of the budget outweigh thirteen points of reputation, and not fourteen', () => {
    const cheap = aCandidate({ bidHash: hash(1), price: 400_000n })
    const known = (reputation: number) => aCandidate({ bidHash: hash(2), reputation })
    assert.deepEqual(order([cheap, known(6_300)])[0], hash(1))
    assert.deepEqual(order([cheap, known(6_400)])[0], hash(2))
  })

  it('are committed to by a hash that a contract can compute', () => {
    const expected = keccak256(
      encodeAbiParameters(
        [{ type: 'uint8' }, { type: 'uint8' }, { type: 'uint8' }, { type: 'uint8' }],
        [40, 30, 20, 10],
      ),
    )
    assert.equal(weightsHash({ price: 40, reputation: 30, specialty: 20, eta: 10 }), expected)
  })
})

describe('the tags', () => {
  it('are committed to by a hash that differs for each of them', () => {
    const tags = { taskType: 'compute', industry: 'media', region: 'eu-west' }
    const hashes = [
      tags,
      { ...tags, taskType: '' },
      { ...tags, industry: 'computemedia', taskType: '' },
      { ...tags, region: '' },
    ].map(tagsHash)
    assert.equal(new Set(hashes).size, 4)
  })
})

describe('a ranking', () => {
  it('is total: the same whatever order the bids came in, each bid once', () => {
    fc.assert(
      fc.property(
        anyCandidates.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([candidates, shuffled]) => {
          assert.deepEqual(order(candidates), order(shuffled))
          const ranks = rankBids(candidates, context).map(({ rank }) => rank)
          assert.deepEqual(
            ranks,
            [...candidates.keys()].map((index) => index + 1),
          )
        },
      ),
    )
  })

  it('never lowers a bid that got better, even though a better bid has another hash', () => {
    const anyImprovement = fc.record({
      price: fc.bigInt({ min: 0n, max: 200_000n }),
      etaMs: fc.integer({ min: 0, max: 20_000 }),
      bidHash: anyValue.bytes32,
    })
    fc.assert(
      fc.property(anyCandidates, anyImprovement, ([first, ...others], gain) => {
        if (!first) return
        const price = first.price > gain.price ? first.price - gain.price : 0n
        const etaMs = Math.max(0, first.bid.message.etaMs - gain.etaMs)
        if (price === first.price && etaMs === first.bid.message.etaMs) return
        const better = aCandidate({ ...first, price, etaMs, bidHash: gain.bidHash })
        const before = rankOf([first, ...others], first.bidHash)
        const after = rankOf([better, ...others], better.bidHash)
        assert.ok(after <= before, `${after} after ${before}`)
      }),
      { numRuns: 500 },
    )
  })

  it('of two bids does not depend on a third', () => {
    fc.assert(
      fc.property(anyCandidates, anyCandidate, (candidates, extra) => {
        const without = order(candidates)
        const withExtra = order([...candidates, { ...extra, bidHash: hash(0) }])
        assert.deepEqual(
          withExtra.filter((bidHash) => bidHash !== hash(0)),
          without,
        )
      }),
    )
  })

  it('of no bids is empty, and a budget of zero can be ranked too', () => {
    assert.deepEqual(rankBids([], context), [])
    const free = [2, 1].map((number) => aCandidate({ bidHash: hash(number), price: 0n }))
    const ranked = rankBids(free, { ...context, maxPrice: 0n })
    assert.deepEqual(
      ranked.map(({ bidHash }) => bidHash),
      [hash(1), hash(2)],
    )
  })
})

describe('the transcript', () => {
  const line = { bidHash: hash(5), price: 7n, reputation: 5_000, specialty: 4_000, rank: 2 }

  it('has leaves as a contract would hash them', () => {
    const expected = keccak256(
      encodeAbiParameters(
        [
          { type: 'bytes32' },
          { type: 'uint96' },
          { type: 'uint16' },
          { type: 'uint16' },
          { type: 'uint32' },
        ],
        [hash(5), 7n, 5_000, 4_000, 2],
      ),
    )
    assert.equal(transcriptLeaf(line), expected)
  })

  it('has the root of a tree of sorted leaves, pairs hashed lower first', () => {
    const pair = keccak256(`${hash(1)}${hash(2).slice(2)}`)
    const [low, high] = pair < hash(3) ? [pair, hash(3)] : [hash(3), pair]
    assert.equal(transcriptRoot([]), ZERO_HASH)
    assert.equal(transcriptRoot([hash(1)]), hash(1))
    assert.equal(transcriptRoot([hash(2), hash(1)]), pair)
    assert.equal(transcriptRoot([hash(3), hash(1), hash(2)]), keccak256(`${low}${high.slice(2)}`))
  })

  it('changes with every leaf, and not with their order', () => {
    const leaves = [1, 2, 3, 4, 5].map(hash)
    const root = transcriptRoot(leaves)
    assert.equal(transcriptRoot([...leaves].reverse()), root)
    for (const index of leaves.keys()) {
      assert.notEqual(transcriptRoot(leaves.with(index, hash(99))), root)
      assert.notEqual(transcriptRoot(leaves.toSpliced(index, 1)), root)
    }
  })
})

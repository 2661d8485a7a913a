import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createScoreboard } from '../../../node/reputation/index.ts'
import {
  applyChange,
  type FinishedWork,
  START_SCORE,
  scoreChange,
} from '../../../protocols/reputation/index.ts'
import { hash } from '../../builders/messages.ts'
import { createTestSigner } from '../../fakes/signer.ts'
import { createMemoryStore } from '../../fakes/store.ts'

const bob = createTestSigner('bob').address
const RIGHT: FinishedWork = { kind: 'right', wallMs: 1_000 }
const FAULT: FinishedWork = { kind: 'provider-fault' }

describe('finished work', () => {
  it('changes a score by the constants of the brief', () => {
    assert.equal(scoreChange(RIGHT), 200)
    assert.equal(scoreChange({ kind: 'right', wallMs: 999 }), 250)
    assert.equal(scoreChange(FAULT), -500)
    assert.equal(scoreChange({ kind: 'program-verdict' }), 0)
    assert.equal(scoreChange({ kind: 'nobody-at-fault' }), 0)
  })

  it('keeps every score between the floor and 100 points, and moves it no further than the change', () => {
    const score = fc.integer({ min: 0, max: 10_000 })
    fc.assert(
      fc.property(score, fc.constantFrom(250, 200, 0, -500), (before, change) => {
        const after = applyChange(before, change)
        assert.ok(after <= 10_000 && after >= Math.min(before, 2_000))
        assert.ok(Math.abs(after - before) <= Math.abs(change))
        assert.ok(change < 0 ? after <= before : after >= before)
      }),
    )
  })
})

describe('a scoreboard', () => {
  const open = async (store = createMemoryStore()) => {
    const board = createScoreboard({ store })
    await board.start()
    return { board, store }
  }

  it('starts everyone at 50 points', async () => {
    const { board } = await open()
    assert.equal(board.scoreOf(bob), START_SCORE)
  })

  it('counts each deal once, also over a restart', async () => {
    const { board, store } = await open()
    assert.equal(await board.count(hash(1), bob, RIGHT), 200)
    assert.equal(await board.count(hash(1), bob, FAULT), 200)
    assert.equal(board.scoreOf(bob), 5_200)
    const again = await open(store.reopen())
    assert.equal(again.board.scoreOf(bob), 5_200)
    assert.equal(await again.board.count(hash(1), bob, FAULT), 200)
    assert.equal(await again.board.count(hash(2), bob, FAULT), -500)
    assert.equal(again.board.scoreOf(bob), 4_700)
  })

  it('loses no change of deals that end together', async () => {
    const { board } = await open()
    await Promise.all([1, 2, 3].map((number) => board.count(hash(number), bob, RIGHT)))
    assert.equal(board.scoreOf(bob), 5_600)
  })

  it('goes on counting after a write that failed', async () => {
    const { board, store } = await open()
    store.failNextCommit()
    await assert.rejects(board.count(hash(1), bob, RIGHT), { code: 'STORE_UNAVAILABLE' })
    assert.equal(board.scoreOf(bob), START_SCORE)
  })
})

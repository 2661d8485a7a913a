import assert from 'node:assert/strict'
import { TASK_PHASES } from '../../../protocols/control/index.ts'
import {
  type DealPhase,
  isDealOver,
  isTaskOver,
  mayDealMove,
  mayTaskMove,
} from '../../../protocols/orchestration/index.ts'

const ENDS = ['settled', 'unsold', 'void', 'failed', 'cancelled']
const DEAL_PHASES: DealPhase[] = ['signed', 'started', 'delivered', 'settled', 'void', 'failed']

describe('a task', () => {
  it('is over in its ends, and leaves none of them', () => {
    for (const phase of TASK_PHASES) {
      assert.equal(isTaskOver(phase), ENDS.includes(phase), phase)
      if (!isTaskOver(phase)) continue
      for (const next of TASK_PHASES) assert.equal(mayTaskMove(phase, next), false)
    }
  })

  it('can come to an end from everywhere', () => {
    for (const phase of TASK_PHASES.filter((name) => !isTaskOver(name))) {
      assert.ok(
        TASK_PHASES.some((end) => isTaskOver(end) && mayTaskMove(phase, end)),
        phase,
      )
    }
  })

  it('goes forward phase by phase', () => {
    const way = TASK_PHASES.slice(0, TASK_PHASES.indexOf('settled') + 1)
    for (const [index, phase] of way.entries()) {
      const next = way[index + 1]
      if (next) assert.ok(mayTaskMove(phase, next), `${phase} to ${next}`)
    }
    assert.equal(mayTaskMove('created', 'running'), false)
    assert.equal(mayTaskMove('delivered', 'cancelled'), false)
    assert.equal(mayTaskMove('accepted', 'failed'), false)
  })
})

describe('a deal', () => {
  it('is over once it is settled, void or failed', () => {
    assert.deepEqual(DEAL_PHASES.filter(isDealOver), ['settled', 'void', 'failed'])
  })

  it('that failed can still be paid; nothing else leaves an end', () => {
    const ways = DEAL_PHASES.filter(isDealOver).flatMap((from) =>
      DEAL_PHASES.filter((to) => mayDealMove(from, to)).map((to) => `${from} to ${to}`),
    )
    assert.deepEqual(ways, ['failed to settled'])
  })

  it('is never paid before it is delivered', () => {
    assert.equal(mayDealMove('signed', 'settled'), false)
    assert.equal(mayDealMove('started', 'settled'), false)
    assert.equal(mayDealMove('delivered', 'settled'), true)
  })
})

import type { Address, Hash } from '../../protocols/common/index.ts'
import {
  applyChange,
  type FinishedWork,
  type Score,
  type ScoreChange,
  START_SCORE,
  scoreChange,
} from '../../protocols/reputation/index.ts'
import type { RecordKind, Store } from '../ports/index.ts'

type ScoreRecord = { agent: Address; score: Score; tasks: number }

const scoreKind: RecordKind<ScoreRecord> = { name: 'scores', version: 1 }
const countedKind: RecordKind<ScoreChange> = { name: 'scores-counted', version: 1 }

/** The scores of agents this node dealt with, from its own settled work. */
export type Scoreboard = {
  start(): Promise<void>
  scoreOf(agent: Address): Score
  /** Counts one finished deal, once however often it is told; returns the change it made. */
  count(agreementHash: Hash, agent: Address, work: FinishedWork): Promise<ScoreChange>
}

export const createScoreboard = ({ store }: { store: Store }): Scoreboard => {
  const scores = store.collection(scoreKind)
  const counted = store.collection(countedKind)
  const known = new Map<Address, ScoreRecord>()
  const recordOf = (agent: Address): ScoreRecord =>
    known.get(agent) ?? { agent, score: START_SCORE, tasks: 0 }
  let last: Promise<unknown> = Promise.resolve()

  const countOnce = async (agreementHash: Hash, agent: Address, work: FinishedWork) => {
    const earlier = await counted.get(agreementHash)
    if (earlier !== undefined) return earlier
    const before = recordOf(agent)
    const change = scoreChange(work)
    const after = { agent, score: applyChange(before.score, change), tasks: before.tasks + 1 }
    await store.commit([scores.put(agent, after), counted.put(agreementHash, change)])
    known.set(agent, after)
    return change
  }

  return {
    start: async () => {
      for await (const [agent, record] of scores.list()) known.set(agent as Address, record)
    },
    scoreOf: (agent) => recordOf(agent).score,
    // One after another: two deals of one agent must not overwrite each other's change.
    count: (agreementHash, agent, work) => {
      const next = last.then(() => countOnce(agreementHash, agent, work))
      last = next.catch(() => undefined)
      return next
    },
  }
}

// What finished work does to a provider's score. Decay, stake and evidence are judged elsewhere.
export {
  applyChange,
  type FinishedWork,
  type Score,
  type ScoreChange,
  START_SCORE,
  scoreChange,
} from './score-change.ts'

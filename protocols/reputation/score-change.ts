/** A change of a score in hundredths of a point. */
export type ScoreChange = number

/** A score in hundredths of a point, 0 to 10,000. */
export type Score = number

export const START_SCORE: Score = 5_000
const MAX_SCORE: Score = 10_000
/** Penalties end here: an agent can always earn its way back. */
const FLOOR: Score = 2_000

const SUCCESS = 200
const FAST_BONUS = 50
const FAST_MS = 1_000
const FAILURE = -500

/** How a task ended, as far as its provider's score goes. */
export type FinishedWork =
  | { kind: 'right'; wallMs: number }
  | { kind: 'program-verdict' }
  | { kind: 'provider-fault' }
  | { kind: 'nobody-at-fault' }

/** The brief's constants: +2.0 for a success, +0.5 if it took under a second, -5.0 for a provider's failure. */
export const scoreChange = (work: FinishedWork): ScoreChange => {
  switch (work.kind) {
    case 'right':
      return SUCCESS + (work.wallMs < FAST_MS ? FAST_BONUS : 0)
    case 'provider-fault':
      return FAILURE
    case 'program-verdict':
    case 'nobody-at-fault':
      return 0
  }
}

/** A score after a change. A penalty takes none below the floor, and one that is there already no lower. */
export const applyChange = (score: Score, change: ScoreChange): Score =>
  Math.min(MAX_SCORE, Math.max(Math.min(score, FLOOR), score + change))

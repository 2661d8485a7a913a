import {
  COPY_IS_WRITTEN,
  COUNTER_IS_UNUSED,
  COUNTER_IS_WRITTEN,
  type SpliceList,
} from './splices.ts'

const NONE = -1

/** Follows where a fuel counter kept in a local would be written or read in vain: between two calls nothing is charged. */
export class CounterUse {
  /** The call since which control has not moved, or NONE. */
  private lastCall = NONE
  /** Whether a loop began and nothing of all that has happened since. */
  private isLoopHead = false
  private readonly splices: SpliceList

  constructor(splices: SpliceList) {
    this.splices = splices
  }

  /** Control moves: whatever follows may come from elsewhere. */
  forget(): void {
    this.lastCall = NONE
    this.isLoopHead = false
  }

  beginLoop(): void {
    this.isLoopHead = true
  }

  /** Notes the insertion that guards a call. */
  call(splice: number): void {
    const { splices } = this
    if (this.lastCall !== NONE) {
      splices.mark(this.lastCall, COUNTER_IS_UNUSED)
      splices.mark(splice, COUNTER_IS_WRITTEN)
    } else if (this.isLoopHead) splices.mark(splice, COPY_IS_WRITTEN)
    this.lastCall = splice
    this.isLoopHead = false
  }

  /** Notes the insertion that leaves the function. */
  leave(splice: number): void {
    if (this.end()) this.splices.mark(splice, COUNTER_IS_WRITTEN)
  }

  /** The function ends here: true if the counter is written already. */
  end(): boolean {
    if (this.lastCall === NONE) return false
    this.splices.mark(this.lastCall, COUNTER_IS_UNUSED)
    return true
  }
}

import { HAS_MORE, SPLICE, type SpliceList } from './splices.ts'

const FIELDS = 6
/** The run of code a block stands in. */
const AROUND = 0
/** The first run of each half of an `if`. */
const THEN = 1
const ELSE = 2
/** The outermost block that a branch in here goes to. */
const REACH = 3
/** The insertion that opened a loop. */
const LOOP = 4
/** How many loops there are up to here. */
const LOOPS = 5
const NONE = -1

/**
 * Decides where fuel is charged. A charge covers a run: code that is always executed together. It stands where the run begins and
 * grows as the run is read. A block that no branch leaves towards further out is only an interruption: the run around it goes on
 * behind it. What both halves of an `if` cost at least is charged before them.
 */
export class ChargePlan {
  /** Fuel read since the last `settle`. */
  cost = 0
  /** Ways control can take: what a compiler has to join. */
  edges = 0
  private run = NONE
  private level = 0
  private loops = 0
  private readonly splices: SpliceList
  private readonly entries: Int32Array
  private readonly openLoops: Int32Array

  constructor(splices: SpliceList, nesting: number) {
    this.splices = splices
    this.entries = new Int32Array((nesting + 2) * FIELDS)
    this.openLoops = new Int32Array(nesting + 2)
  }

  /** Begins a body at this place. */
  begin(place: number): void {
    this.edges = 1
    this.level = 0
    this.loops = 0
    this.cost = 0
    this.run = NONE
    this.enter(NONE, NONE)
    this.startRun(place, SPLICE.chargeEntry)
  }

  /** Notes how many loops stand around an insertion, and answers its number. */
  weigh(index: number): number {
    if (this.loops > 0) this.splices.setDepth(index, this.loops)
    return index
  }

  enterBlock(): void {
    this.enter(this.run, NONE)
  }

  /** A loop from `from`, whose code begins at `place`. Its header costs `header` each time around. */
  enterLoop(from: number, place: number, header: number): boolean {
    const isReached = this.run !== NONE
    this.cost -= header
    const opened = isReached ? this.splices.add(from, SPLICE.openLoop, place) : NONE
    this.enter(this.run, opened)
    if (!isReached) return false
    this.startRun(place, SPLICE.chargeLoop)
    this.cost = header
    return true
  }

  enterIf(place: number): void {
    const isReached = this.run !== NONE
    this.enter(this.run, NONE)
    if (!isReached) return
    this.startRun(place, SPLICE.charge)
    this.entries[this.top() + THEN] = this.run
  }

  /** Turns to the other half of an `if`. */
  enterElse(place: number, isReached: boolean): void {
    this.endRun()
    if (!isReached) return
    this.startRun(place, SPLICE.charge)
    this.entries[this.top() + ELSE] = this.run
  }

  /** Leaves a block; `joins` if other ways than the straight one lead behind it. */
  leaveBlock(place: number, { isReached, joins }: { isReached: boolean; joins: boolean }): void {
    const { entries } = this
    this.settle()
    this.shareArms()
    const top = this.top()
    const around = entries[top + AROUND] as number
    const reach = entries[top + REACH] as number
    const isLeft = reach < this.level
    this.level--
    if (entries[top + LOOP] !== NONE) this.leaveLoop(place)
    if (joins) this.edges++
    if (isLeft) this.reachTo(reach)
    if (!isReached) this.run = NONE
    else if (!isLeft) this.run = around
    else if (joins) this.startRun(place, SPLICE.charge)
  }

  /** Notes a branch over `depth` blocks, whose number stands at `place`. */
  branch(place: number, depth: number): void {
    const loops = this.entries[this.top() - depth * FIELDS + LOOPS] as number
    if (loops < this.loops) this.splices.add(place, SPLICE.branchOut, depth)
    if (this.run === NONE) return
    this.edges++
    this.reachTo(this.level - depth)
  }

  /** Notes a call or a whole loop: what surrounds it is no innermost loop without calls. */
  call(): void {
    if (this.loops > 0) this.splices.mark(this.openLoops[this.loops] as number, HAS_MORE)
  }

  /** Notes that the function is left from here. */
  leaveFunction(): void {
    this.edges++
    this.reachTo(1)
  }

  /** Begins a run where the one before may have been left. */
  startRun(place: number, kind: number): void {
    this.settle()
    this.edges++
    this.run = this.weigh(this.splices.add(place, kind, 0))
  }

  /** No code follows that can be reached. */
  endRun(): void {
    this.settle()
    this.run = NONE
  }

  private leaveLoop(place: number): void {
    this.splices.add(place, SPLICE.closeLoop, 0)
    this.loops--
    this.call()
  }

  private enter(around: number, loop: number): void {
    const { entries } = this
    this.settle()
    if (loop !== NONE) {
      this.loops++
      this.openLoops[this.loops] = loop
    }
    this.level++
    const top = this.top()
    entries[top + LOOPS] = this.loops
    entries[top + AROUND] = around
    entries[top + THEN] = NONE
    entries[top + ELSE] = NONE
    entries[top + REACH] = this.level
    entries[top + LOOP] = loop
  }

  private settle(): void {
    if (this.run !== NONE) this.raise(this.run, this.cost)
    this.cost = 0
  }

  private raise(run: number, fuel: number): void {
    const { values } = this.splices
    values[run] = (values[run] as number) + fuel
  }

  private shareArms(): void {
    const { entries } = this
    const top = this.top()
    const whenTrue = entries[top + THEN] as number
    const otherwise = entries[top + ELSE] as number
    if (whenTrue === NONE || otherwise === NONE) return
    const { values } = this.splices
    const shared = Math.min(values[whenTrue] as number, values[otherwise] as number)
    this.raise(whenTrue, -shared)
    this.raise(otherwise, -shared)
    this.raise(entries[top + AROUND] as number, shared)
  }

  private reachTo(level: number): void {
    const at = this.top() + REACH
    if (level < (this.entries[at] as number)) this.entries[at] = level
  }

  private top(): number {
    return (this.level - 1) * FIELDS
  }
}

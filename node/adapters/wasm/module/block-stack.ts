import { MODULE_BOUNDS } from './bounds.ts'
import { refuse } from './faults.ts'
import { OPCODE } from './opcodes.ts'

// One entry per open block: five numbers.
const FIELDS = 5
const BASE = 0
const PARAMETERS = 1
const RESULTS = 2
const OPENED_BY = 3
const FLAGS = 4
/** Some branch ends behind this block. */
const TARGETED = 1
/** The block itself can never be reached. */
const OPENED_DEAD = 2

export type BlockType = { parameters: number; results: number }

/** The open blocks of a body, the height of the operand stack in them, and whether the code at hand can be reached. */
export class BlockStack {
  open = 0
  dead = false
  maxHeight = 0
  height = 0
  private top = -FIELDS
  private readonly entries = new Int32Array((MODULE_BOUNDS.nesting + 2) * FIELDS)

  clear(): void {
    this.open = 0
    this.top = -FIELDS
    this.height = 0
    this.maxHeight = 0
    this.dead = false
  }

  enter(opcode: number, { parameters, results }: BlockType): void {
    if (this.open > MODULE_BOUNDS.nesting) {
      const excess = { value: this.open, limit: MODULE_BOUNDS.nesting }
      refuse('NESTED_TOO_DEEP', `${this.open} blocks`, excess)
    }
    const base = Math.max(this.height - parameters, this.base())
    this.open++
    this.top += FIELDS
    const { entries, top } = this
    entries[top + BASE] = base
    entries[top + PARAMETERS] = parameters
    entries[top + RESULTS] = results
    entries[top + OPENED_BY] = opcode
    entries[top + FLAGS] = this.dead ? OPENED_DEAD : 0
    this.setHeight(base + parameters)
  }

  /** Turns the open `if` into its other half. */
  enterElse(): void {
    const { entries, top } = this
    if (entries[top + OPENED_BY] !== OPCODE.if) refuse('BAD_ENCODING', 'else without if')
    entries[top + OPENED_BY] = OPCODE.else
    this.setHeight((entries[top + BASE] as number) + (entries[top + PARAMETERS] as number))
    this.dead = this.openedDead()
  }

  /** Whether a branch leads behind the innermost block. */
  isTargeted(): boolean {
    return ((this.entries[this.top + FLAGS] as number) & TARGETED) !== 0
  }

  /** Closes the innermost block; true where two ways meet behind it. */
  close(): boolean {
    const { entries, top } = this
    const opened = entries[top + OPENED_BY]
    this.setHeight((entries[top + BASE] as number) + (entries[top + RESULTS] as number))
    const joins = opened === OPCODE.if || opened === OPCODE.else || this.isTargeted()
    if (joins) this.dead = this.openedDead()
    this.open--
    this.top -= FIELDS
    return joins
  }

  /** Notes a branch over `depth` blocks; answers how many values it carries. */
  target(depth: number): number {
    if (depth >= this.open) refuse('BAD_INDEX', `branch over ${depth} blocks`)
    const at = (this.open - 1 - depth) * FIELDS
    // A branch to a loop goes to its start, which has its own charge.
    if (this.entries[at + OPENED_BY] === OPCODE.loop) return this.entries[at + PARAMETERS] as number
    this.entries[at + FLAGS] = (this.entries[at + FLAGS] as number) | TARGETED
    return this.entries[at + RESULTS] as number
  }

  die(): void {
    this.dead = true
    this.height = this.base()
  }

  adjust(by: number): void {
    this.setHeight(Math.max(this.height + by, this.base()))
  }

  /** Height of the operand stack where the innermost block began. */
  base(): number {
    return this.open > 0 ? (this.entries[this.top + BASE] as number) : 0
  }

  private openedDead(): boolean {
    return ((this.entries[this.top + FLAGS] as number) & OPENED_DEAD) !== 0
  }

  private setHeight(height: number): void {
    this.height = height
    if (height > this.maxHeight) this.maxHeight = height
  }
}

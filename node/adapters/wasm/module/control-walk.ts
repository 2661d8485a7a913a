import { BlockStack } from './block-stack.ts'
import { MODULE_BOUNDS } from './bounds.ts'
import { ChargePlan } from './charge-plan.ts'
import { COSTS } from './costs.ts'
import { CounterUse } from './counter-use.ts'
import type { Declarations } from './declarations.ts'
import { refuse } from './faults.ts'
import { FEATURE } from './features.ts'
import { NanFlow } from './nan-flow.ts'
import { OPCODE } from './opcodes.ts'
import { OperandReader } from './operands.ts'
import type { ByteReader } from './reader.ts'
import { CALLS_HOST, SPLICE, SpliceList } from './splices.ts'
import type { FunctionType } from './value-types.ts'

/** Blocks, branches and calls of one body: where control goes, and what is to be put in there. */
export class ControlWalk {
  readonly splices = new SpliceList()
  readonly blocks = new BlockStack()
  readonly charges = new ChargePlan(this.splices, MODULE_BOUNDS.nesting)
  readonly floats = new NanFlow(this.splices)
  readonly operands: OperandReader
  calls = false
  /** Bits of FEATURE, of all bodies read so far. */
  features = 0
  /** Values that calls and branches of this body move: each costs the compiler an instruction. */
  moves = 0
  /** Whether a branch leaves the function. */
  isLeftByBranch = false
  /** Whether control can fall off the end; if so, whether nothing was charged since the last call. */
  endsReached = false
  endsWritten = false

  private readonly reader: ByteReader
  private readonly declared: Declarations
  private readonly counter = new CounterUse(this.splices)

  constructor(reader: ByteReader, declared: Declarations) {
    this.reader = reader
    this.declared = declared
    this.operands = new OperandReader(reader, declared)
  }

  /** Begins a body at the reader's place. */
  begin(type: FunctionType): void {
    this.splices.clear()
    this.blocks.clear()
    this.floats.begin()
    this.counter.forget()
    this.calls = false
    this.moves = 0
    this.isLeftByBranch = false
    this.endsReached = false
    this.endsWritten = false
    this.blocks.enter(OPCODE.block, { parameters: 0, results: type.results.length })
    this.charges.begin(this.reader.at)
  }

  /** Takes an opcode that stands at `place`; false if it does not move control. */
  take(opcode: number, place: number): boolean {
    switch (opcode) {
      case OPCODE.block:
      case OPCODE.loop:
      case OPCODE.if:
        this.enterBlock(opcode, place)
        return true
      case OPCODE.else:
        this.enterElse()
        return true
      case OPCODE.end:
        this.leaveBlock()
        return true
      case OPCODE.br:
        this.branch()
        this.die()
        return true
      case OPCODE.brIf:
        this.branchIf()
        return true
      case OPCODE.brTable:
        this.branchTable()
        return true
      case OPCODE.unreachable:
        this.die()
        return true
      case OPCODE.return:
        this.leave(place, 0)
        return true
      case OPCODE.call:
      case OPCODE.callIndirect:
        this.call(opcode, place)
        return true
      case OPCODE.returnCall:
      case OPCODE.returnCallIndirect:
        this.call(opcode, place)
        this.leave(place, 1)
        return true
      default:
        return false
    }
  }

  /** Notes a helper called at `place`, beside or instead of what the guest does there. */
  callHelper(place: number, kind: number, helper: number): void {
    if (!this.blocks.dead) this.guard(place, kind, helper)
  }

  // Control moves: values above `height` go elsewhere.
  private move(height: number): void {
    if (!this.blocks.dead) this.floats.takeSeen(height)
    this.counter.forget()
  }

  private enterBlock(opcode: number, place: number): void {
    const { blocks, charges, reader } = this
    const type = this.operands.blockType()
    if (type.parameters > 0 || type.results > 1) this.features |= FEATURE.multiValue
    if (opcode === OPCODE.if) blocks.adjust(-1)
    this.move(blocks.height - type.parameters)
    this.moves += type.parameters + type.results
    blocks.enter(opcode, type)
    if (opcode === OPCODE.block) charges.enterBlock()
    else if (opcode === OPCODE.if) charges.enterIf(reader.at)
    else if (charges.enterLoop(place, reader.at, COSTS[opcode] as number)) this.counter.beginLoop()
  }

  private enterElse(): void {
    const { blocks } = this
    this.move(blocks.base())
    blocks.enterElse()
    this.charges.enterElse(this.reader.at, !blocks.dead)
  }

  private leaveBlock(): void {
    const { blocks, charges, reader } = this
    if (blocks.open === 1) this.leaveBody()
    this.move(blocks.base())
    const joins = blocks.close()
    charges.leaveBlock(reader.at, { isReached: !blocks.dead, joins })
  }

  private leaveBody(): void {
    const { blocks } = this
    this.isLeftByBranch = blocks.isTargeted()
    this.endsReached = !blocks.dead
    this.endsWritten = !this.isLeftByBranch && this.counter.end()
  }

  private branch(): void {
    const { reader, blocks, charges } = this
    const place = reader.at
    const depth = reader.u32()
    this.move(blocks.base())
    this.moves += blocks.target(depth)
    charges.branch(place, depth)
  }

  private branchIf(): void {
    this.branch()
    this.blocks.adjust(-1)
    if (!this.blocks.dead) this.charges.startRun(this.reader.at, SPLICE.charge)
  }

  private branchTable(): void {
    const entries = this.reader.u32()
    const limit = MODULE_BOUNDS.branchTableEntries
    if (entries > limit) {
      refuse('BRANCH_TABLE_TOO_LARGE', `${entries} entries`, { value: entries, limit })
    }
    for (let i = 0; i <= entries; i++) this.branch()
    this.die()
  }

  private call(opcode: number, place: number): void {
    const { reader, declared, blocks } = this
    const isIndirect = opcode === OPCODE.callIndirect || opcode === OPCODE.returnCallIndirect
    const index = reader.u32()
    const type =
      declared.types[(isIndirect ? index : declared.functions[index]) ?? -1] ??
      refuse('BAD_INDEX', `${isIndirect ? 'type' : 'function'} ${index} of a call`)
    if (isIndirect) this.operands.index('table', declared.tables.length)
    this.calls = true
    const taken = type.parameters.length + (isIndirect ? 1 : 0)
    this.moves += taken + type.results.length
    if (!blocks.dead) this.floats.takeSeen(blocks.height - taken)
    blocks.adjust(-taken)
    blocks.adjust(type.results.length)
    if (opcode >= OPCODE.returnCall) {
      this.features |= FEATURE.tailCalls
      return
    }
    if (blocks.dead) return
    const splice = this.guard(place, SPLICE.call, reader.at)
    const isHost = !isIndirect && index < declared.importedFunctions
    if (isHost) this.splices.mark(splice, CALLS_HOST)
  }

  private guard(place: number, kind: number, value: number): number {
    this.charges.call()
    const splice = this.charges.weigh(this.splices.add(place, kind, value))
    this.counter.call(splice)
    return splice
  }

  private leave(place: number, isTailCall: 0 | 1): void {
    if (!this.blocks.dead) {
      this.floats.takeSeen(this.blocks.base())
      this.counter.leave(this.charges.weigh(this.splices.add(place, SPLICE.leave, isTailCall)))
      this.charges.leaveFunction()
    }
    this.die()
  }

  private die(): void {
    this.counter.forget()
    this.charges.endRun()
    this.floats.drop(this.blocks.base())
    this.blocks.die()
  }
}

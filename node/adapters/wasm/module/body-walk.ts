import { BlockStack } from './block-stack.ts'
import { MODULE_BOUNDS } from './bounds.ts'
import { COSTS, COSTS_BULK, COSTS_SIMD } from './costs.ts'
import type { Declarations } from './declarations.ts'
import { refuse } from './faults.ts'
import type { HelperIndices } from './helper-functions.ts'
import {
  DELTAS,
  FORM,
  FORMS,
  NANS,
  OPCODE,
  SIMD_DELTAS,
  SIMD_FORM,
  SIMD_FORMS,
  SIMD_NANS,
} from './opcodes.ts'
import { OperandReader } from './operands.ts'
import type { ByteReader } from './reader.ts'
import { refuseOpcode } from './refused-opcodes.ts'
import { SPLICE, SpliceList } from './splices.ts'
import { type FunctionType, readReferenceType, readValueType } from './value-types.ts'

/**
 * Reads one function body: checks every index against what the guest declared, follows the height of the operand stack, and notes
 * where fuel is charged. A charge covers a straight run of code: it stands at its start and is known at its end.
 */
export class BodyWalk {
  readonly splices = new SpliceList()
  readonly blocks = new BlockStack()
  calls = false
  vectors = false
  /** Bit n is set when a NaN of kind n (see NAN) has to be made canonical. */
  nanKinds = 0

  private readonly reader: ByteReader
  private readonly declared: Declarations
  private readonly helpers: HelperIndices
  private readonly operands: OperandReader
  private locals = 0
  private segment = -1
  private cost = 0

  constructor(reader: ByteReader, declared: Declarations, helpers: HelperIndices) {
    this.reader = reader
    this.declared = declared
    this.helpers = helpers
    this.operands = new OperandReader(reader, declared)
  }

  /** Walks from the reader's place, behind the local declarations, to its end. */
  walk(type: FunctionType, locals: number): void {
    const { reader, blocks } = this
    this.splices.clear()
    blocks.clear()
    this.calls = false
    this.vectors = false
    this.nanKinds = 0
    this.locals = locals
    blocks.enter(OPCODE.block, { parameters: 0, results: type.results.length })
    this.startSegment(SPLICE.chargeAndCheck)
    while (blocks.open > 0) this.step(reader.u8())
    if (reader.at !== reader.end) refuse('BAD_ENCODING', `code behind a function at ${reader.at}`)
  }

  private step(opcode: number): void {
    const { reader, declared, blocks } = this
    if (!blocks.dead) this.cost += COSTS[opcode] as number
    switch (FORMS[opcode]) {
      case FORM.plain:
        break
      case FORM.local:
        this.operands.index('local', this.locals)
        break
      case FORM.memory:
        this.operands.memoryArgument()
        break
      case FORM.int32:
        reader.skipSigned(5)
        break
      case FORM.control:
        this.control(opcode)
        return
      case FORM.global:
        this.operands.index('global', declared.globals)
        break
      case FORM.int64:
        reader.skipSigned(10)
        break
      case FORM.float32:
        reader.skip(4)
        break
      case FORM.float64:
        reader.skip(8)
        break
      case FORM.table:
        this.operands.index('table', declared.tables.length)
        break
      case FORM.bulk:
        this.bulk(reader.at - 1)
        return
      case FORM.simd:
        this.simd(reader.u32())
        return
      default:
        refuseOpcode(opcode)
    }
    blocks.adjust(DELTAS[opcode] as number)
    if (NANS[opcode]) this.canonicalise(NANS[opcode] as number)
  }

  private control(opcode: number): void {
    const { reader, blocks } = this
    const place = reader.at - 1
    switch (opcode) {
      case OPCODE.block:
      case OPCODE.loop:
      case OPCODE.if:
        this.enterBlock(opcode)
        return
      case OPCODE.else:
        this.endSegment()
        blocks.enterElse()
        this.startSegment(SPLICE.charge)
        return
      case OPCODE.end:
        // Where two ways meet a new run begins; otherwise the old one goes on (or stays dead).
        if (blocks.close()) this.startSegment(SPLICE.charge)
        if (blocks.open === 0) this.endSegment()
        return
      case OPCODE.br:
        blocks.target(reader.u32())
        this.die()
        return
      case OPCODE.brIf:
        blocks.target(reader.u32())
        blocks.adjust(-1)
        this.startSegment(SPLICE.charge)
        return
      case OPCODE.brTable:
        this.branchTable()
        return
      case OPCODE.unreachable:
        this.die()
        return
      case OPCODE.return:
        this.leave(place)
        return
      case OPCODE.call:
      case OPCODE.callIndirect:
        this.call(opcode)
        return
      case OPCODE.returnCall:
      case OPCODE.returnCallIndirect:
        this.call(opcode)
        this.leave(place)
        return
      default:
        this.indexed(opcode, place)
    }
  }

  private indexed(opcode: number, place: number): void {
    const { reader, blocks } = this
    switch (opcode) {
      case OPCODE.selectTyped:
        for (let left = reader.count('select types', 1); left > 0; left--) readValueType(reader)
        break
      case OPCODE.memorySize:
        this.operands.memory()
        break
      case OPCODE.memoryGrow:
        this.operands.memory()
        if (!blocks.dead) this.splices.add(place, SPLICE.replaceGrow, this.helpers.grow)
        break
      case OPCODE.refNull:
        readReferenceType(reader)
        break
      case OPCODE.refFunc:
        this.operands.index('function', this.declared.functions.length)
        break
      default:
        refuseOpcode(opcode)
    }
    blocks.adjust(DELTAS[opcode] as number)
  }

  private enterBlock(opcode: number): void {
    const { blocks } = this
    const type = this.operands.blockType()
    if (opcode === OPCODE.if) blocks.adjust(-1)
    blocks.enter(opcode, type)
    if (blocks.dead || opcode === OPCODE.block) return
    // The header of a loop is paid for each time around, so its cost moves into the loop.
    const header = opcode === OPCODE.loop ? (COSTS[OPCODE.loop] as number) : 0
    this.cost -= header
    this.startSegment(opcode === OPCODE.loop ? SPLICE.chargeAndCheck : SPLICE.charge)
    this.cost = header
  }

  private branchTable(): void {
    const entries = this.reader.u32()
    if (entries > MODULE_BOUNDS.branchTableEntries) {
      refuse('BRANCH_TABLE_TOO_LARGE', `${entries} entries`)
    }
    for (let i = 0; i <= entries; i++) this.blocks.target(this.reader.u32())
    this.die()
  }

  private call(opcode: number): void {
    const { reader, declared, blocks } = this
    this.calls = true
    const indirect = opcode === OPCODE.callIndirect || opcode === OPCODE.returnCallIndirect
    const index = reader.u32()
    const type =
      declared.types[(indirect ? index : declared.functions[index]) ?? -1] ??
      refuse('BAD_INDEX', `${indirect ? 'type' : 'function'} ${index} of a call`)
    if (indirect) this.operands.index('table', declared.tables.length)
    blocks.adjust(-type.parameters.length - (indirect ? 1 : 0))
    blocks.adjust(type.results.length)
  }

  private leave(place: number): void {
    if (!this.blocks.dead) this.splices.add(place, SPLICE.restoreStack, 0)
    this.die()
  }

  private die(): void {
    this.endSegment()
    this.blocks.die()
  }

  private bulk(place: number): void {
    const { reader, blocks } = this
    const sub = reader.u32()
    if (sub > 17) refuseOpcode(OPCODE.bulkPrefix, sub)
    if (!blocks.dead) this.cost += COSTS_BULK[sub] as number
    if (sub < 8) return
    this.operands.bulk(sub)
    if (sub === 9 || sub === 13) return
    if (sub === 16) {
      blocks.adjust(1)
      return
    }
    const helper = sub <= 11 ? this.helpers.chargeBytes : this.helpers.chargeEntries
    if (!blocks.dead) this.splices.add(place, SPLICE.callHelper, helper)
    blocks.adjust(sub === 15 ? -1 : -3)
  }

  private simd(sub: number): void {
    const { reader, blocks } = this
    this.vectors = true
    if (sub > 0xff) refuse('RELAXED_SIMD', `opcode 0xfd ${sub}`)
    if (!blocks.dead) this.cost += COSTS_SIMD[sub] as number
    const form = SIMD_FORMS[sub]
    if (form === SIMD_FORM.memory || form === SIMD_FORM.memoryLane) this.operands.memoryArgument()
    if (form === SIMD_FORM.lane || form === SIMD_FORM.memoryLane) reader.skip(1)
    if (form === SIMD_FORM.bytes16) reader.skip(16)
    blocks.adjust(SIMD_DELTAS[sub] as number)
    if (SIMD_NANS[sub]) this.canonicalise(SIMD_NANS[sub] as number)
  }

  private canonicalise(kind: number): void {
    if (this.blocks.dead) return
    this.splices.add(this.reader.at, SPLICE.canonicalise, kind)
    this.nanKinds |= 1 << kind
  }

  private startSegment(kind: number): void {
    this.endSegment()
    if (!this.blocks.dead) this.segment = this.splices.add(this.reader.at, kind, 0)
  }

  private endSegment(): void {
    if (this.segment >= 0) this.splices.setCharge(this.segment, this.cost)
    this.segment = -1
    this.cost = 0
  }
}

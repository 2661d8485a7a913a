import { ControlWalk } from './control-walk.ts'
import { COSTS, COSTS_BULK, COSTS_SIMD } from './costs.ts'
import type { Declarations } from './declarations.ts'
import { refuse } from './faults.ts'
import { FEATURE, FEATURES } from './features.ts'
import type { HelperIndices } from './helper-functions.ts'
import {
  DELTAS,
  FORM,
  FORMS,
  NANS,
  OPCODE,
  SATURATING_UNSEEN,
  SIMD_DELTAS,
  SIMD_FORM,
  SIMD_FORMS,
  SIMD_NANS,
  SIMD_TAKES,
  SIMD_UNSEEN,
  TAKES,
} from './opcodes.ts'
import type { ByteReader } from './reader.ts'
import { refuseOpcode } from './refused-opcodes.ts'
import { SPLICE } from './splices.ts'
import { type FunctionType, readReferenceType, readValueType } from './value-types.ts'

/**
 * Reads one function body: checks every index against what the guest declared, follows the height of the operand stack, and notes
 * what is to be put in where.
 */
export class BodyWalk {
  readonly control: ControlWalk
  vectors = false
  private readonly reader: ByteReader
  private readonly declared: Declarations
  private readonly helpers: HelperIndices
  private locals = 0

  constructor(reader: ByteReader, declared: Declarations, helpers: HelperIndices) {
    this.reader = reader
    this.declared = declared
    this.helpers = helpers
    this.control = new ControlWalk(reader, declared)
  }

  /** Walks from the reader's place, behind the local declarations, to its end. */
  walk(type: FunctionType, locals: number): void {
    const { reader, control } = this
    control.begin(type)
    this.vectors = false
    this.locals = locals
    while (control.blocks.open > 0) this.step(reader.u8())
    control.floats.end()
    if (reader.at !== reader.end) refuse('BAD_ENCODING', 'code behind the end of a function')
  }

  private step(opcode: number): void {
    const { reader, declared, control } = this
    const { blocks, operands } = control
    if (!blocks.dead) control.charges.cost += COSTS[opcode] as number
    switch (FORMS[opcode]) {
      case FORM.plain:
        break
      case FORM.local:
        this.local(opcode)
        return
      case FORM.memory:
        operands.memoryArgument()
        break
      case FORM.int32:
        reader.skipSigned(5)
        break
      case FORM.control:
        if (!control.take(opcode, reader.at - 1)) this.indexed(opcode)
        return
      case FORM.global:
        operands.index('global', declared.globals)
        break
      case FORM.int64:
        reader.skipSigned(10)
        break
      case FORM.float32:
      case FORM.float64:
        this.constant(opcode)
        return
      case FORM.table:
        operands.index('table', declared.tables.length)
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
    control.features |= FEATURES[opcode] as number
    this.flow(opcode)
  }

  // Moves the operand stack, and what is known of the floats on it.
  private flow(opcode: number): void {
    const { blocks, floats } = this.control
    if (blocks.dead) {
      blocks.adjust(DELTAS[opcode] as number)
      return
    }
    const before = blocks.height - (TAKES[opcode] as number)
    if (floats.top > before) floats.takeBy(opcode, { before, place: this.reader.at })
    blocks.adjust(DELTAS[opcode] as number)
    if (NANS[opcode]) this.arithmetic(NANS[opcode] as number)
    else floats.convert(opcode, blocks.height)
  }

  private constant(opcode: number): void {
    const { reader, control } = this
    const isSingle = opcode === OPCODE.f32Const
    reader.skip(isSingle ? 4 : 8)
    control.blocks.adjust(1)
    if (control.blocks.dead) return
    const top = ((reader.bytes[reader.at - 1] as number) << 8) | (reader.bytes[reader.at - 2] ?? 0)
    control.floats.constant(control.blocks.height, { isSingle, top })
  }

  private local(opcode: number): void {
    const { reader, control } = this
    const { blocks, floats } = control
    const index = control.operands.index('local', this.locals)
    const { height } = blocks
    blocks.adjust(DELTAS[opcode] as number)
    if (blocks.dead) return
    if (opcode === OPCODE.localGet) floats.readLocal(index, reader.at, blocks.height)
    else floats.writeLocal(index, height, opcode === OPCODE.localTee)
  }

  private indexed(opcode: number): void {
    const { reader, control, declared } = this
    const { blocks, operands } = control
    const place = reader.at - 1
    control.features |= FEATURES[opcode] as number
    switch (opcode) {
      case OPCODE.selectTyped:
        for (let left = reader.count('select types', 1); left > 0; left--) readValueType(reader)
        if (!blocks.dead) control.floats.takeSeen(blocks.height - 3)
        break
      case OPCODE.memorySize:
        operands.memory()
        break
      case OPCODE.memoryGrow:
        operands.memory()
        control.callHelper(place, SPLICE.replaceGrow, this.helpers.grow)
        break
      case OPCODE.refNull:
        readReferenceType(reader)
        break
      case OPCODE.refFunc:
        operands.index('function', declared.functions.length)
        break
      default:
        refuseOpcode(opcode)
    }
    blocks.adjust(DELTAS[opcode] as number)
  }

  private bulk(place: number): void {
    const { control } = this
    const { blocks } = control
    const sub = this.reader.u32()
    if (sub > 17) refuseOpcode(OPCODE.bulkPrefix, sub)
    if (!blocks.dead) control.charges.cost += COSTS_BULK[sub] as number
    if (sub < 8) {
      control.features |= FEATURE.saturating
      if (!blocks.dead) {
        control.floats.takeUnseen(blocks.height - 1, SATURATING_UNSEEN[sub] as number)
      }
      return
    }
    control.features |= sub < 15 ? FEATURE.bulkMemory : FEATURE.references
    control.operands.bulk(sub)
    if (sub === 9 || sub === 13) return
    if (sub === 16) {
      blocks.adjust(1)
      return
    }
    const helper = sub <= 11 ? this.helpers.chargeBytes : this.helpers.chargeEntries
    control.callHelper(place, SPLICE.callHelper, helper)
    blocks.adjust(sub === 15 ? -1 : -3)
  }

  private simd(sub: number): void {
    const { reader, control } = this
    const { blocks, operands } = control
    this.vectors = true
    control.features |= FEATURE.simd
    if (sub > 0xff) refuse('RELAXED_SIMD', `opcode 0xfd ${sub}`)
    if (!blocks.dead) control.charges.cost += COSTS_SIMD[sub] as number
    const form = SIMD_FORMS[sub]
    if (form === SIMD_FORM.memory || form === SIMD_FORM.memoryLane) operands.memoryArgument()
    if (form === SIMD_FORM.lane || form === SIMD_FORM.memoryLane) reader.skip(1)
    if (form === SIMD_FORM.bytes16) reader.skip(16)
    if (!blocks.dead) {
      const before = blocks.height - (SIMD_TAKES[sub] as number)
      control.floats.takeUnseen(before, SIMD_UNSEEN[sub] as number)
    }
    blocks.adjust(SIMD_DELTAS[sub] as number)
    if (SIMD_NANS[sub] && !blocks.dead) this.arithmetic(SIMD_NANS[sub] as number)
  }

  private arithmetic(kind: number): void {
    const { blocks, floats } = this.control
    floats.produce(this.reader.at, blocks.height, kind)
  }
}

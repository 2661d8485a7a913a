import type { BodyWalk } from './body-walk.ts'
import type { ControlWalk } from './control-walk.ts'
import { FRAME_UNITS, LEAF_FRAME_UNITS, LEAF_FUEL } from './costs.ts'
import { acyclicFuel, cheapestKeeping, KEEPS } from './counter-keeping.ts'
import { type Frame, type MeterOutput, MeterWriter } from './meter-writer.ts'
import { repairsIn, writeRepair } from './nan-repair.ts'
import {
  CALLS_HOST,
  COPY_IS_WRITTEN,
  COUNTER_IS_UNUSED,
  COUNTER_IS_WRITTEN,
  HAS_MORE,
  SPLICE,
} from './splices.ts'
import { type FunctionType, VALUE } from './value-types.ts'

/** Where a body's parts lie in the module, and how much room its locals take. */
export type BodyPlace = {
  groupsFrom: number
  codeFrom: number
  codeTo: number
  groups: number
  locals: number
  slots: number
  type: FunctionType
}

export type EmitContext = MeterOutput & {
  source: Uint8Array
  typeOf: (type: FunctionType) => number
}

const END = 0x0b
const NONE = -1

/** Units of stack a call of this body takes: locals and operands count one, vectors two. */
const frameUnits = (walk: BodyWalk, place: BodyPlace): number => {
  const units = FRAME_UNITS + place.slots + walk.control.blocks.maxHeight * (walk.vectors ? 2 : 1)
  return walk.control.calls || units > LEAF_FRAME_UNITS ? units : 0
}

const behindNumber = (source: Uint8Array, place: number): number => {
  let at = place
  while ((source[at] as number) >= 0x80) at++
  return at + 1
}

/** Writes one body. */
class BodyWriter {
  private readonly context: EmitContext
  private readonly control: ControlWalk
  private readonly place: BodyPlace
  private readonly frame: Frame
  private readonly meter: MeterWriter
  /** Locals by kind of NaN. */
  private readonly scratch: number[] = []
  private readonly testsEntry: boolean
  /** Whether the innermost loop at this place has one put around it. */
  private isWrapped = false

  constructor(context: EmitContext, walk: BodyWalk, place: BodyPlace) {
    this.context = context
    this.control = walk.control
    this.place = place
    const from = context.code.length
    this.frame = this.writeLocals(frameUnits(walk, place))
    this.meter = new MeterWriter(context, this.frame, from)
    this.testsEntry = this.frame.units > 0 || acyclicFuel(walk.control) > LEAF_FUEL
  }

  write(): void {
    const { control, place, meter } = this
    const { code, source } = this.context
    const hasEpilogue = this.frame.keeps !== KEEPS.memory
    // The whole body becomes one block, so that a branch out of the function passes by the epilogue.
    const isWrapped = hasEpilogue && control.isLeftByBranch
    const hasEnd = hasEpilogue && (isWrapped || control.endsReached)
    meter.enterStack()
    if (isWrapped) this.openBlock()
    const { length, places } = control.splices
    let copied = place.codeFrom
    for (let i = 0; i < length; i++) {
      code.copy(source, copied, places[i] as number)
      copied = this.splice(i, places[i] as number)
    }
    code.copy(source, copied, hasEnd && !isWrapped ? place.codeTo - 1 : place.codeTo)
    if (!hasEnd) return
    if (!control.endsWritten) meter.publish()
    code.u8(END)
  }

  // Copies the local declarations and adds what this body needs.
  private writeLocals(units: number): Frame {
    const { control, place } = this
    const { code, source } = this.context
    const added: number[] = []
    const add = (type: number): number => place.locals + added.push(type) - 1
    for (const { kind, type } of repairsIn(control.floats.kinds)) this.scratch[kind] = add(type)
    const keeps = cheapestKeeping(control)
    const counter = keeps === KEEPS.memory ? NONE : add(VALUE.i64)
    const height = units > 0 ? add(VALUE.i32) : NONE
    code.u32(place.groups + added.length)
    code.copy(source, place.groupsFrom, place.codeFrom)
    for (const type of added) code.bytes([1, type])
    return { units, keeps, counter, height }
  }

  private openBlock(): void {
    const { code, typeOf } = this.context
    const { results } = this.place.type
    code.u8(0x02)
    if (results.length === 0) code.u8(0x40)
    else if (results.length === 1) code.u8(results[0] as number)
    else code.s32(typeOf({ parameters: new Uint8Array(0), results }))
  }

  // Answers up to where the source has been dealt with.
  private splice(index: number, place: number): number {
    const { splices } = this.control
    const { code, source } = this.context
    const value = splices.values[index] as number
    switch (splices.kind(index)) {
      case SPLICE.charge:
        this.meter.charge(value)
        return place
      case SPLICE.chargeEntry:
        this.chargeEntry(value)
        return place
      case SPLICE.chargeLoop:
        this.chargeLoop(value)
        return place
      case SPLICE.leave:
        if (!(splices.flags(index) & COUNTER_IS_WRITTEN)) this.meter.publish()
        if (value === 1) this.meter.setStack(this.frame.units)
        return place
      case SPLICE.canonicalise:
        if (value !== 0) writeRepair(code, value, this.scratch[value] as number)
        return place
      case SPLICE.openLoop:
        this.openLoop(index, place)
        return place
      case SPLICE.closeLoop:
        if (this.isWrapped) code.u8(END)
        this.isWrapped = false
        return place
      case SPLICE.branchOut:
        code.u32(this.isWrapped ? value + 1 : value)
        return behindNumber(source, place)
      default:
        return this.guardCall(index, place)
    }
  }

  // The counter in memory has to be right while others run.
  private guardCall(index: number, place: number): number {
    const { meter, frame } = this
    const { splices } = this.control
    const { code, source } = this.context
    const value = splices.values[index] as number
    const kind = splices.kind(index)
    const flags = splices.flags(index)
    const written = COUNTER_IS_WRITTEN | (frame.keeps === KEEPS.copy ? COPY_IS_WRITTEN : 0)
    if (!(flags & written)) meter.publish()
    if (kind === SPLICE.call) {
      if (!(flags & CALLS_HOST)) meter.setStack(0)
      code.copy(source, place, value)
    } else meter.call(value)
    if (!(flags & COUNTER_IS_UNUSED)) meter.reload()
    if (kind === SPLICE.call) return value
    // memory.grow and its memory index are two bytes.
    return kind === SPLICE.replaceGrow ? place + 2 : place
  }

  private chargeEntry(fuel: number): void {
    const { meter } = this
    meter.reload()
    meter.charge(fuel)
    if (this.testsEntry) meter.enter()
  }

  private chargeLoop(fuel: number): void {
    const { meter } = this
    if (this.isWrapped) meter.leaveLoopIfEmpty()
    else meter.obtain()
    meter.charge(fuel)
    // What a trap leaves unpaid is at most one way through the code.
    if (this.frame.keeps === KEEPS.copy) meter.publish()
  }

  // In an innermost loop without calls, a call to obtain fuel would cost the compiler its registers: it is made outside.
  private openLoop(index: number, place: number): void {
    const { code, source } = this.context
    const { splices } = this.control
    this.isWrapped = (splices.flags(index) & HAS_MORE) === 0
    if (!this.isWrapped) return
    code.copy(source, place, splices.values[index] as number)
    this.meter.obtain()
  }
}

/** Copies a body, with all that was noted on the walk put in. */
export const emitBody = (context: EmitContext, walk: BodyWalk, place: BodyPlace): void => {
  const opened = context.code.openLength()
  new BodyWriter(context, walk, place).write()
  context.code.closeLength(opened)
}

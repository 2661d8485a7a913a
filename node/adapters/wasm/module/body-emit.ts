import type { BodyWalk } from './body-walk.ts'
import { FRAME_UNITS, LEAF_FRAME_UNITS } from './costs.ts'
import { type Additions, writeFuelCheck } from './helper-functions.ts'
import { NAN } from './opcodes.ts'
import { SPLICE } from './splices.ts'
import { type FunctionType, VALUE } from './value-types.ts'
import type { ByteWriter } from './writer.ts'

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

export type EmitContext = {
  source: Uint8Array
  code: ByteWriter
  added: Additions
  typeOf: (type: FunctionType) => number
}

const BYTES_F32 = [0x00, 0x00, 0xc0, 0x7f]
const BYTES_F64 = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]

// v != v ? canonical : v, with v kept in a local of its own. Vectors do the same lane by lane.
const scalarNan = (constant: readonly number[], notEqual: number) => ({
  constant,
  choose: [notEqual, 0x1b],
})
const vectorNan = (lanes: readonly number[], notEqual: number) => ({
  constant: [0xfd, 0x0c, ...lanes],
  choose: [0xfd, notEqual, 0xfd, 0x52],
})

const canonical: Readonly<
  Record<number, { type: number; constant: readonly number[]; choose: readonly number[] }>
> = {
  [NAN.f32]: { type: VALUE.f32, ...scalarNan([0x43, ...BYTES_F32], 0x5b) },
  [NAN.f64]: { type: VALUE.f64, ...scalarNan([0x44, ...BYTES_F64], 0x61) },
  [NAN.f32x4]: {
    type: VALUE.v128,
    ...vectorNan([...BYTES_F32, ...BYTES_F32, ...BYTES_F32, ...BYTES_F32], 0x41),
  },
  [NAN.f64x2]: { type: VALUE.v128, ...vectorNan([...BYTES_F64, ...BYTES_F64], 0x47) },
}

/** Units of stack a call of this body takes: locals and operands count one, vectors two. */
const frameUnits = (walk: BodyWalk, place: BodyPlace): number =>
  FRAME_UNITS + place.slots + walk.blocks.maxHeight * (walk.vectors ? 2 : 1)

const writeCharge = (context: EmitContext, kind: number, fuel: number): void => {
  const { code, added } = context
  code.u8(0x23)
  code.u32(added.fuelGlobal)
  code.u8(0x42)
  code.s32(fuel)
  code.bytes([0x7d, 0x24]) // i64.sub, global.set
  code.u32(added.fuelGlobal)
  if (kind === SPLICE.chargeAndCheck) writeFuelCheck(code, added)
}

const writeStackChange = ({ code, added }: EmitContext, units: number, operator: number): void => {
  code.u8(0x23)
  code.u32(added.stackGlobal)
  code.u8(0x41)
  code.s32(units)
  code.u8(operator)
  code.u8(0x24)
  code.u32(added.stackGlobal)
}

const ADD = 0x6a
const SUBTRACT = 0x6b

const writeStackEntry = (context: EmitContext, units: number, type: FunctionType): void => {
  const { code, added } = context
  writeStackChange(context, units, SUBTRACT)
  code.u8(0x23)
  code.u32(added.stackGlobal)
  code.bytes([0x41, 0x00, 0x48, 0x04, 0x40, 0x00, 0x0b]) // below zero: unreachable
  // The whole body becomes one block, so that a branch out of the function passes by the epilogue.
  code.u8(0x02)
  if (type.results.length === 0) code.u8(0x40)
  else if (type.results.length === 1) code.u8(type.results[0] as number)
  else code.s32(context.typeOf({ parameters: new Uint8Array(0), results: type.results }))
}

/** Copies a body, with charges, stack accounting and NaN repair put in. Returns its size in bytes. */
export const emitBody = (context: EmitContext, walk: BodyWalk, place: BodyPlace): number => {
  const { source, code } = context
  const units = frameUnits(walk, place)
  const counted = walk.calls || units > LEAF_FRAME_UNITS
  const opened = code.openLength()
  const scratch = writeLocals(context, walk, place)
  if (counted) writeStackEntry(context, units, place.type)
  const { places, kinds, values } = walk.splices
  let copied = place.codeFrom
  for (let i = 0; i < places.length; i++) {
    const at = places[i] as number
    const kind = kinds[i] as number
    code.copy(source, copied, at)
    // memory.grow and its memory index are two bytes.
    copied = kind === SPLICE.replaceGrow ? at + 2 : at
    writeSplice(context, { kind, value: values[i] as number, units: counted ? units : 0 }, scratch)
  }
  code.copy(source, copied, place.codeTo)
  if (counted) {
    writeStackChange(context, units, ADD)
    code.u8(0x0b)
  }
  return code.closeLength(opened)
}

type Splice = { kind: number; value: number; units: number }

const writeSplice = (context: EmitContext, splice: Splice, scratch: readonly number[]): void => {
  const { code } = context
  const { kind, value, units } = splice
  switch (kind) {
    case SPLICE.charge:
    case SPLICE.chargeAndCheck:
      if (value > 0) writeCharge(context, kind, value)
      return
    case SPLICE.restoreStack:
      if (units > 0) writeStackChange(context, units, ADD)
      return
    case SPLICE.canonicalise:
      writeCanonical(code, value, scratch[value] as number)
      return
    default:
      code.u8(0x10)
      code.u32(value)
  }
}

const writeCanonical = (code: ByteWriter, kind: number, local: number): void => {
  const { constant, choose } = canonical[kind] as (typeof canonical)[number]
  code.u8(0x22)
  code.u32(local)
  code.bytes(constant)
  code.u8(0x20)
  code.u32(local)
  code.u8(0x20)
  code.u32(local)
  code.bytes(choose)
}

// Copies the local declarations and adds one local per kind of NaN; answers their indices by kind.
const writeLocals = ({ source, code }: EmitContext, walk: BodyWalk, place: BodyPlace): number[] => {
  const kinds = Object.keys(canonical).map(Number)
  const used = kinds.filter((kind) => walk.nanKinds & (1 << kind))
  code.u32(place.groups + used.length)
  code.copy(source, place.groupsFrom, place.codeFrom)
  const scratch: number[] = []
  for (const [index, kind] of used.entries()) {
    code.u32(1)
    code.u8((canonical[kind] as (typeof canonical)[number]).type)
    scratch[kind] = place.locals + index
  }
  return scratch
}

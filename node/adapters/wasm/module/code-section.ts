import { type BodyPlace, type EmitContext, emitBody } from './body-emit.ts'
import { BodyWalk } from './body-walk.ts'
import { MODULE_BOUNDS } from './bounds.ts'
import type { Declarations } from './declarations.ts'
import { ModuleRefused, refuse } from './faults.ts'
import { type Additions, helperBodies } from './helper-functions.ts'
import { NAN } from './opcodes.ts'
import type { ByteReader } from './reader.ts'
import { type FunctionType, readValueType, VALUE } from './value-types.ts'
import { ByteWriter } from './writer.ts'

export type CodeContext = {
  declared: Declarations
  added: Additions
  maxPages: number
  typeOf: (type: FunctionType) => number
}

/** Places in a function's body, from its start, of branches that are hardly ever taken. */
export type BranchHints = { index: number; places: readonly number[] }

/** `features`: bits of FEATURE. */
export type MeteredCode = { code: ByteWriter; hints: readonly BranchHints[]; features: number }

const kindOfFloat = (type: number): number => {
  if (type === VALUE.f32) return NAN.f32
  return type === VALUE.f64 ? NAN.f64 : NAN.none
}

// Parameters may be NaNs of the caller's making; other locals start as zero.
const readLocals = (reader: ByteReader, type: FunctionType, kinds: Uint8Array): BodyPlace => {
  const groups = reader.u32()
  const groupsFrom = reader.at
  let locals = type.parameters.length
  let slots = locals
  kinds.fill(NAN.none, 0, locals)
  for (let i = 0; i < groups; i++) {
    const count = reader.u32()
    const type = readValueType(reader)
    if (locals + count > MODULE_BOUNDS.locals) {
      const excess = { value: locals + count, limit: MODULE_BOUNDS.locals }
      refuse('TOO_MANY_LOCALS', `${locals + count} locals`, excess)
    }
    kinds.fill(kindOfFloat(type), locals, locals + count)
    locals += count
    slots += count * (type === VALUE.v128 ? 2 : 1)
  }
  return { groups, groupsFrom, locals, slots, type, codeFrom: reader.at, codeTo: reader.end }
}

// Compilers keep the state of every local and operand at every join, and move every value of every call: the product is what a small
// module can use to exhaust them.
const compileWork = ({ control }: BodyWalk, place: BodyPlace): number => {
  const { edges } = control.charges
  const slots = place.locals + control.blocks.maxHeight
  const work = slots * edges + control.moves
  const limit = MODULE_BOUNDS.compileWork
  if (work > limit) {
    const detail = `${slots} locals and operands x ${edges} branches + ${control.moves} moves`
    refuse('TOO_COSTLY_TO_COMPILE', detail, { value: work, limit })
  }
  return work
}

const checkSize = (total: number): void => {
  const limit = MODULE_BOUNDS.meteredCodeBytes
  if (total <= limit) return
  refuse('TOO_MANY', `${total} bytes of metered code`, { value: total, limit })
}

const inFunction = (functionIndex: number, act: () => void): void => {
  try {
    act()
  } catch (error) {
    if (error instanceof ModuleRefused) error.where.functionIndex = functionIndex
    throw error
  }
}

/** Reads the code section and writes the metered one, helpers included. */
export const meterCode = (reader: ByteReader, context: CodeContext): MeteredCode => {
  const { declared, added, typeOf } = context
  const bodies = reader.u32()
  const defined = declared.functions.length - declared.importedFunctions
  if (bodies !== defined) refuse('BAD_SECTION', `${bodies} bodies for ${defined} functions`)
  const code = new ByteWriter((reader.end - reader.at) * 2 + 1024)
  const walk = new BodyWalk(reader, declared, added.helpers)
  const emit: EmitContext = { source: reader.bytes, code, added, typeOf, unlikely: [] }
  const hints: BranchHints[] = []
  const sectionEnd = reader.end
  let work = 0
  code.u32(bodies + Object.keys(added.helpers).length)
  const meterBody = (index: number): void => {
    const type = declared.types[declared.functions[index] as number] as FunctionType
    const size = reader.u32()
    const limit = MODULE_BOUNDS.bodyBytes
    if (size > limit) refuse('BODY_TOO_LARGE', `${size} bytes`, { value: size, limit })
    if (reader.at + size > sectionEnd) refuse('TRUNCATED', 'body')
    reader.end = reader.at + size
    const place = readLocals(reader, type, walk.control.floats.localKinds)
    walk.walk(type, place.locals)
    work += compileWork(walk, place)
    if (work > MODULE_BOUNDS.compileWorkTotal) {
      const excess = { value: work, limit: MODULE_BOUNDS.compileWorkTotal }
      refuse('TOO_COSTLY_TO_COMPILE', 'all functions so far', excess)
    }
    emit.unlikely = []
    emitBody(emit, walk, place)
    checkSize(code.length)
    if (emit.unlikely.length > 0) hints.push({ index, places: emit.unlikely })
    reader.end = sectionEnd
  }
  for (let i = 0; i < bodies; i++) {
    const index = declared.importedFunctions + i
    inFunction(index, () => meterBody(index))
  }
  for (const body of helperBodies(added, { ...context, hasMemory: declared.memory !== null })) {
    code.u32(body.length)
    code.bytes(body)
  }
  return { code, hints, features: walk.control.features }
}

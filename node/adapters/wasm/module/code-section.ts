import { type BodyPlace, emitBody } from './body-emit.ts'
import { BodyWalk } from './body-walk.ts'
import { MODULE_BOUNDS } from './bounds.ts'
import type { Declarations } from './declarations.ts'
import { ModuleRefused, refuse } from './faults.ts'
import { type Additions, helperBodies } from './helper-functions.ts'
import type { ByteReader } from './reader.ts'
import { type FunctionType, readValueType, VALUE } from './value-types.ts'
import { ByteWriter } from './writer.ts'

export type CodeContext = {
  declared: Declarations
  added: Additions
  maxPages: number
  typeOf: (type: FunctionType) => number
}

const readLocals = (reader: ByteReader, type: FunctionType): BodyPlace => {
  const groups = reader.u32()
  const groupsFrom = reader.at
  let locals = type.parameters.length
  let slots = locals
  for (let i = 0; i < groups; i++) {
    const count = reader.u32()
    const width = readValueType(reader) === VALUE.v128 ? 2 : 1
    locals += count
    slots += count * width
    if (locals > MODULE_BOUNDS.locals) {
      refuse('TOO_MANY_LOCALS', `more than ${MODULE_BOUNDS.locals}`)
    }
  }
  return { groups, groupsFrom, locals, slots, type, codeFrom: reader.at, codeTo: reader.end }
}

// Compilers keep the state of every local at every join: the product is what a small module can use to exhaust them.
const compileWork = (walk: BodyWalk, place: BodyPlace): number => {
  const work = place.locals * walk.splices.segments
  if (work > MODULE_BOUNDS.localsTimesSegments) {
    refuse('TOO_COSTLY_TO_COMPILE', `${place.locals} locals x ${walk.splices.segments} segments`)
  }
  return work
}

const checkSizes = (metered: number, total: number): void => {
  if (metered > MODULE_BOUNDS.meteredBodyBytes) {
    refuse('BODY_TOO_LARGE_METERED', `${metered} bytes`)
  }
  if (total > MODULE_BOUNDS.meteredCodeBytes) refuse('TOO_MANY', `${total} bytes of metered code`)
}

const inFunction = (index: number, act: () => void): void => {
  try {
    act()
  } catch (error) {
    if (!(error instanceof ModuleRefused)) throw error
    refuse(error.code, `function ${index}: ${error.detail}`)
  }
}

/** Reads the code section and writes the metered one, helpers included. */
export const meterCode = (reader: ByteReader, context: CodeContext): ByteWriter => {
  const { declared, added, typeOf } = context
  const bodies = reader.u32()
  const defined = declared.functions.length - declared.importedFunctions
  if (bodies !== defined) refuse('BAD_SECTION', `${bodies} bodies for ${defined} functions`)
  const code = new ByteWriter((reader.end - reader.at) * 2 + 1024)
  const walk = new BodyWalk(reader, declared, added.helpers)
  const emit = { source: reader.bytes, code, added, typeOf }
  const sectionEnd = reader.end
  let work = 0
  code.u32(bodies + Object.keys(added.helpers).length)
  const meterBody = (index: number): void => {
    const type = declared.types[declared.functions[index] as number] as FunctionType
    const size = reader.u32()
    if (size > MODULE_BOUNDS.bodyBytes) refuse('BODY_TOO_LARGE', `${size} bytes`)
    if (reader.at + size > sectionEnd) refuse('TRUNCATED', 'body')
    reader.end = reader.at + size
    const place = readLocals(reader, type)
    walk.walk(type, place.locals)
    work += compileWork(walk, place)
    if (work > MODULE_BOUNDS.localsTimesSegmentsTotal) {
      refuse('TOO_COSTLY_TO_COMPILE', 'locals x segments of all functions')
    }
    checkSizes(emitBody(emit, walk, place), code.length)
    reader.end = sectionEnd
  }
  for (let i = 0; i < bodies; i++) {
    const index = declared.importedFunctions + i
    inFunction(index, () => meterBody(index))
  }
  for (const body of helperBodies(added, context)) {
    code.u32(body.length)
    code.bytes(body)
  }
  return code
}

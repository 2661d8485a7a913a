import { MODULE_BOUNDS } from './bounds.ts'
import { refuse } from './faults.ts'
import { OPCODE } from './opcodes.ts'
import type { ByteReader } from './reader.ts'
import { readReferenceType } from './value-types.ts'

const V128_CONST = 12

/** How many functions and globals a constant expression may name. */
export type ConstantScope = { functions: number; globals: number }

/** Passes over a constant expression: one constant, null, function reference or imported global, then `end`. */
export const readConstant = (reader: ByteReader, scope: ConstantScope): void => {
  const opcode = reader.u8()
  switch (opcode) {
    case 0x41:
      reader.skipSigned(5)
      break
    case 0x42:
      reader.skipSigned(10)
      break
    case 0x43:
      reader.skip(4)
      break
    case 0x44:
      reader.skip(8)
      break
    case OPCODE.refNull:
      readReferenceType(reader)
      break
    case OPCODE.refFunc:
      readFunctionIndex(reader, scope.functions)
      break
    case OPCODE.globalGet:
      if (reader.u32() >= scope.globals) refuse('BAD_CONSTANT', 'a global that is not imported')
      break
    case OPCODE.simdPrefix:
      if (reader.u32() !== V128_CONST) refuse('BAD_CONSTANT', 'not a constant')
      reader.skip(16)
      break
    default:
      refuse('BAD_CONSTANT', `opcode 0x${opcode.toString(16)}`)
  }
  if (reader.u8() !== OPCODE.end) refuse('BAD_CONSTANT', 'more than one instruction')
}

const readFunctionIndex = (reader: ByteReader, functions: number): void => {
  const index = reader.u32()
  if (index >= functions) refuse('BAD_INDEX', `function ${index} in a constant`)
}

// Bits of an element segment's flag.
const PASSIVE_OR_DECLARED = 1
const EXPLICIT = 2
const EXPRESSIONS = 4

const readElementHeader = (
  reader: ByteReader,
  { flags, scope, tables }: { flags: number; scope: ConstantScope; tables: number },
): void => {
  const active = !(flags & PASSIVE_OR_DECLARED)
  if (active) {
    const table = flags & EXPLICIT ? reader.u32() : 0
    if (table >= tables) refuse('BAD_INDEX', `table ${table} of an element segment`)
    readConstant(reader, scope)
  }
  if (!(flags & (PASSIVE_OR_DECLARED | EXPLICIT))) return
  if (flags & EXPRESSIONS) readReferenceType(reader)
  else if (reader.u8() !== 0) refuse('BAD_ENCODING', 'element kind')
}

/** Checks that element segments name only tables and functions of the guest. */
export const checkElements = (
  reader: ByteReader,
  { scope, tables }: { scope: ConstantScope; tables: number },
): void => {
  const segments = reader.count('element segments', MODULE_BOUNDS.elementSegments)
  for (let i = 0; i < segments; i++) {
    const flags = reader.count('element flags', 7)
    readElementHeader(reader, { flags, scope, tables })
    const entries = reader.count('elements', MODULE_BOUNDS.tableEntries)
    for (let entry = 0; entry < entries; entry++) {
      if (flags & EXPRESSIONS) readConstant(reader, scope)
      else readFunctionIndex(reader, scope.functions)
    }
  }
}

/** Checks that data segments go to the one memory. */
export const checkData = (reader: ByteReader, scope: ConstantScope): void => {
  const segments = reader.count('data segments', MODULE_BOUNDS.dataSegments)
  for (let i = 0; i < segments; i++) {
    const flags = reader.count('data flags', 2)
    if (flags === 2 && reader.u32() !== 0) refuse('MULTI_MEMORY', `data segment ${i}`)
    if (flags !== 1) readConstant(reader, scope)
    reader.skip(reader.u32())
  }
}

import { MODULE_BOUNDS } from './bounds.ts'
import { type ModuleFault, ModuleRefused, refuse } from './faults.ts'
import { ByteReader } from './reader.ts'
import type { Sections } from './sections.ts'
import { type ConstantScope, readConstant } from './segments.ts'
import {
  type FunctionType,
  formatFunctionType,
  readReferenceType,
  readValueType,
} from './value-types.ts'
import { WASI_MODULE, wasiFunctionTypes } from './wasi-imports.ts'

export type TableDeclaration = { element: number; min: number; max: number | null }
export type ExportDeclaration = { name: string; kind: number; index: number }
export const EXPORT_KIND = { function: 0, table: 1, memory: 2, global: 3 } as const

/** What a module declares, before its code is read. Index spaces count what the guest itself has. */
export type Declarations = {
  types: FunctionType[]
  imports: string[]
  /** Imports that are no functions of WASI with the right type. */
  strangeImports: ModuleFault[]
  /** Type index of every function, imported ones first. */
  functions: number[]
  importedFunctions: number
  tables: TableDeclaration[]
  memory: { min: number; max: number | null } | null
  importsMemory: boolean
  globals: number
  importedGlobals: number
  importedTables: number
  exports: ExportDeclaration[]
}

/** Calls `read` on the content of a section, if the module has it, and checks that nothing is left. */
export const inSection = (
  source: { bytes: Uint8Array; sections: Sections },
  id: number,
  read: (reader: ByteReader) => void,
): void => {
  const section = source.sections.get(id)
  if (!section) return
  const reader = new ByteReader(source.bytes)
  reader.at = section.from
  reader.end = section.to
  try {
    read(reader)
    if (reader.at !== reader.end) refuse('BAD_SECTION', 'the section is longer than its content')
  } catch (error) {
    if (error instanceof ModuleRefused)
      Object.assign(error.where, { section: id, offset: reader.at })
    throw error
  }
}

export const readTypes = (reader: ByteReader): FunctionType[] => {
  const valueTypes = () => {
    const count = reader.count('parameters or results', MODULE_BOUNDS.parameters)
    return Uint8Array.from({ length: count }, () => readValueType(reader))
  }
  return Array.from({ length: reader.count('types', MODULE_BOUNDS.types) }, () => {
    const form = reader.u8()
    if (form !== 0x60) refuse('GC_TYPES', `type form 0x${form.toString(16)}`)
    return { parameters: valueTypes(), results: valueTypes() }
  })
}

const IMPORT_KINDS = ['function', 'table', 'memory', 'global', 'tag']

const importFault = (module: string, field: string, type: string): ModuleFault | null => {
  const where = `${module}.${field}`
  const wanted = module === WASI_MODULE ? wasiFunctionTypes.get(field) : undefined
  if (!wanted) return { code: 'IMPORT_UNKNOWN', where, detail: 'no such WASI function' }
  if (wanted === type) return null
  return { code: 'IMPORT_TYPE', where, detail: `${type}, not ${wanted}` }
}

// Something other than a function is counted, so that indices can be checked, and is strange.
const readThing = (reader: ByteReader, declared: Declarations, kind: number): void => {
  switch (kind) {
    case EXPORT_KIND.table:
      declared.tables.push(readTable(reader))
      declared.importedTables++
      return
    case EXPORT_KIND.memory:
      declared.memory = readLimits(reader)
      declared.importsMemory = true
      return
    case EXPORT_KIND.global:
      readValueType(reader)
      reader.skip(1)
      declared.globals++
      declared.importedGlobals++
      return
    default:
      refuse('IMPORT_KIND', `kind ${kind}`)
  }
}

const readImport = (reader: ByteReader, declared: Declarations): void => {
  const module = reader.name()
  const field = reader.name()
  const name = `${module}.${field}`
  const kind = reader.u8()
  declared.imports.push(name)
  if (kind !== EXPORT_KIND.function) {
    readThing(reader, declared, kind)
    const detail = `a ${IMPORT_KINDS[kind] ?? 'thing unknown'}`
    declared.strangeImports.push({ code: 'IMPORT_KIND', where: name, detail })
    return
  }
  const index = reader.u32()
  const type = declared.types[index] ?? refuse('BAD_INDEX', `type ${index} of ${name}`)
  declared.functions.push(index)
  declared.importedFunctions++
  const fault = importFault(module, field, formatFunctionType(type))
  if (fault) declared.strangeImports.push(fault)
}

/** Reads what is imported. */
export const readImports = (reader: ByteReader, declared: Declarations): void => {
  const count = reader.count('imports', MODULE_BOUNDS.imports)
  for (let i = 0; i < count; i++) readImport(reader, declared)
}

export const readFunctions = (reader: ByteReader, declared: Declarations): void => {
  const count = reader.count('functions', MODULE_BOUNDS.functions)
  for (let i = 0; i < count; i++) {
    const index = reader.u32()
    if (index >= declared.types.length) refuse('BAD_INDEX', `type ${index} of function ${i}`)
    declared.functions.push(index)
  }
}

const LIMIT_SHARED = 2
const LIMIT_64 = 4

const readLimits = (reader: ByteReader): { min: number; max: number | null } => {
  const flags = reader.u8()
  if (flags & LIMIT_64) refuse('MEMORY64', 'limits are 64-bit')
  if (flags & LIMIT_SHARED) refuse('THREADS', 'shared memory')
  if (flags > 1) refuse('BAD_ENCODING', `limits flag ${flags}`)
  const min = reader.u32()
  return { min, max: flags ? reader.u32() : null }
}

const readTable = (reader: ByteReader): TableDeclaration => {
  const element = readReferenceType(reader)
  const limits = readLimits(reader)
  const limit = MODULE_BOUNDS.tableEntries
  if (limits.min > limit) {
    refuse('TABLE_TOO_LARGE', `${limits.min} entries`, { value: limits.min, limit })
  }
  return { element, ...limits }
}

export const readTables = (reader: ByteReader): TableDeclaration[] =>
  Array.from({ length: reader.count('tables', MODULE_BOUNDS.tables) }, () => readTable(reader))

export const readMemory = (
  reader: ByteReader,
  { pages, imported }: { pages: number; imported: boolean },
): { min: number; max: number | null } | null => {
  const count = reader.u32()
  if (count + (imported ? 1 : 0) > 1) refuse('MULTI_MEMORY', `${count} memories`)
  if (count === 0) return null
  const limits = readLimits(reader)
  if (limits.min > pages) {
    refuse('MEMORY_TOO_LARGE', `starts with ${limits.min} pages`, {
      value: limits.min,
      limit: pages,
    })
  }
  return limits
}

export const readGlobals = (reader: ByteReader, declared: Declarations): void => {
  const count = reader.count('globals', MODULE_BOUNDS.globals)
  for (let i = 0; i < count; i++) {
    readValueType(reader)
    reader.u8()
    readConstant(reader, constantScope(declared))
  }
  declared.globals += count
}

/** What a constant expression may name: functions, and globals that are imported. */
export const constantScope = ({ functions, importedGlobals }: Declarations): ConstantScope => ({
  functions: functions.length,
  globals: importedGlobals,
})

export const readExports = (reader: ByteReader, declared: Declarations): ExportDeclaration[] => {
  const { functions, tables, memory, globals } = declared
  const spaces = [functions.length, tables.length, memory ? 1 : 0, globals]
  return Array.from({ length: reader.count('exports', MODULE_BOUNDS.exports) }, () => {
    const name = reader.name()
    const kind = reader.u8()
    const index = reader.u32()
    if (kind >= spaces.length) refuse('BAD_ENCODING', `export kind ${kind}`)
    if (index >= (spaces[kind] as number)) refuse('BAD_INDEX', `export ${name}`)
    return { name, kind, index }
  })
}

/** Nothing declared yet. */
export const noDeclarations = (): Declarations => ({
  types: [],
  imports: [],
  strangeImports: [],
  functions: [],
  importedFunctions: 0,
  tables: [],
  memory: null,
  importsMemory: false,
  globals: 0,
  importedGlobals: 0,
  importedTables: 0,
  exports: [],
})

import type { ModuleInspection } from '../../../ports/index.ts'
import { assemble, createTypeIndex } from './assemble.ts'
import { MODULE_BOUNDS } from './bounds.ts'
import { meterCode } from './code-section.ts'
import {
  type Declarations,
  EXPORT_KIND,
  inSection,
  noDeclarations,
  readExports,
  readFunctions,
  readGlobals,
  readImports,
  readMemory,
  readTables,
  readTypes,
} from './declarations.ts'
import { type ModuleFault, ModuleRefused, refuse } from './faults.ts'
import { ADDED_EXPORTS, HELPER_TYPES, planAdditions } from './helper-functions.ts'
import { readSections, SECTION, type Sections } from './sections.ts'
import { checkData, checkElements } from './segments.ts'
import { formatFunctionType } from './value-types.ts'
import type { ByteWriter } from './writer.ts'

/** A module judged and, if it is accepted, made ready to run. */
export type PreparedModule = { inspection: ModuleInspection; metered: Uint8Array | null }

type Work = {
  bytes: Uint8Array
  sections: Sections
  declared: Declarations
  faults: ModuleFault[]
  maxPages: number
}

const declare = (work: Work): void => {
  const { declared, faults, maxPages } = work
  inSection(work, SECTION.type, (reader) => {
    declared.types = readTypes(reader)
  })
  inSection(work, SECTION.import, (reader) => {
    faults.push(...readImports(reader, declared))
  })
  inSection(work, SECTION.function, (reader) => readFunctions(reader, declared))
  inSection(work, SECTION.table, (reader) => {
    declared.tables = readTables(reader)
  })
  if (!work.sections.has(SECTION.memory)) refuse('MEMORY_MISSING', 'the module has no memory')
  inSection(work, SECTION.memory, (reader) => {
    declared.memory = readMemory(reader, maxPages)
  })
  inSection(work, SECTION.global, (reader) => {
    declared.globals = readGlobals(reader, declared.functions.length)
  })
  inSection(work, SECTION.export, (reader) => {
    declared.exports = readExports(reader, declared)
  })
  if (work.sections.has(SECTION.start)) {
    refuse('START_SECTION', 'code before _start would run without fuel')
  }
}

const exportFaults = ({ exports, functions, types }: Declarations): ModuleFault[] => {
  const faults: ModuleFault[] = []
  const start = exports.find(({ name }) => name === '_start')
  const type = start?.kind === EXPORT_KIND.function && types[functions[start.index] ?? -1]
  if (!type || formatFunctionType(type) !== '() -> ()') {
    faults.push({ code: 'START_MISSING', where: '_start', detail: 'no function () -> ()' })
  }
  if (!exports.some(({ name, kind }) => name === 'memory' && kind === EXPORT_KIND.memory)) {
    faults.push({ code: 'MEMORY_MISSING', where: 'memory', detail: 'memory is not exported' })
  }
  const reserved: readonly string[] = Object.values(ADDED_EXPORTS)
  for (const { name } of exports.filter((row) => reserved.includes(row.name))) {
    faults.push({ code: 'EXPORT_RESERVED', where: name, detail: 'the name belongs to the meter' })
  }
  return faults
}

const checkSegments = (work: Work): void => {
  const functions = work.declared.functions.length
  const tables = work.declared.tables.length
  inSection(work, SECTION.element, (reader) => checkElements(reader, { functions, tables }))
  inSection(work, SECTION.data, (reader) => checkData(reader, functions))
}

const meter = (work: Work): Uint8Array => {
  const { bytes, sections, declared } = work
  const added = planAdditions(declared)
  // Types are added behind the guest's; the guest's code is checked against its own count.
  const guestTypes = declared.types
  const types = [...guestTypes]
  const typeOf = createTypeIndex(types)
  for (const type of HELPER_TYPES) typeOf(type)
  const maxPages = Math.min(declared.memory.max ?? work.maxPages, work.maxPages)
  const written: { code?: ByteWriter } = {}
  if (!sections.has(SECTION.code)) refuse('BAD_SECTION', 'no code')
  inSection(work, SECTION.code, (reader) => {
    written.code = meterCode(reader, { declared, added, maxPages, typeOf })
  })
  const { code } = written
  if (!code) return refuse('BAD_SECTION', 'no code')
  return assemble({
    source: bytes,
    sections,
    declared: { ...declared, types },
    added,
    typeOf,
    maxPages,
    code,
  })
}

const inspect = ({ sections, declared, faults }: Work): ModuleInspection => {
  const code = sections.get(SECTION.code)
  return {
    accepted: faults.length === 0,
    faults,
    imports: declared.imports,
    exports: declared.exports.map(({ name }) => name),
    codeBytes: code ? code.to - code.from : 0,
    functions: declared.functions.length - declared.importedFunctions,
    memoryPages: declared.memory,
  }
}

const isValid = (bytes: Uint8Array): boolean =>
  WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)

const judge = (work: Work): Uint8Array | null => {
  work.sections = readSections(work.bytes)
  const code = work.sections.get(SECTION.code)
  if (code && code.to - code.from > MODULE_BOUNDS.codeBytes) {
    refuse('MODULE_TOO_LARGE', `more than ${MODULE_BOUNDS.codeBytes} bytes of code`)
  }
  declare(work)
  work.faults.push(...exportFaults(work.declared))
  checkSegments(work)
  const metered = meter(work)
  if (!isValid(work.bytes)) refuse('INVALID', 'not a valid module')
  if (!isValid(metered)) refuse('INVALID', 'not a valid module once metered')
  return work.faults.length === 0 ? metered : null
}

/** Judges a module against every bound and, if it passes, adds fuel, stack and NaN rules to its code. Bytes in, bytes out. */
export const prepareModule = (
  bytes: Uint8Array,
  { memoryPages }: { memoryPages: number },
): PreparedModule => {
  const work: Work = {
    bytes,
    sections: new Map(),
    declared: noDeclarations(),
    faults: [],
    maxPages: memoryPages,
  }
  try {
    const metered = judge(work)
    return { inspection: inspect(work), metered }
  } catch (error) {
    if (!(error instanceof ModuleRefused)) throw error
    work.faults.push({ code: error.code, where: 'module', detail: error.detail })
    return { inspection: inspect(work), metered: null }
  }
}

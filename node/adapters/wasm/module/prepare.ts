import type { ModuleInspection } from '../../../ports/index.ts'
import { assemble, createTypeIndex } from './assemble.ts'
import { MODULE_BOUNDS } from './bounds.ts'
import { type MeteredCode, meterCode } from './code-section.ts'
import { commandFaults } from './command.ts'
import {
  constantScope,
  type Declarations,
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
import { FEATURE, featureNames } from './features.ts'
import { HELPER_TYPES, planAdditions } from './helper-functions.ts'
import { readSections, SECTION, type Sections, sectionName } from './sections.ts'
import { checkData, checkElements } from './segments.ts'

/** A module judged and, if it is accepted, made ready to run. */
export type PreparedModule = { inspection: ModuleInspection; metered: Uint8Array | null }

type Work = {
  bytes: Uint8Array
  sections: Sections
  declared: Declarations
  features: number
  maxPages: number
}

const declare = (work: Work): void => {
  const { declared, maxPages } = work
  inSection(work, SECTION.type, (reader) => {
    declared.types = readTypes(reader)
    if (declared.types.some(({ results }) => results.length > 1)) {
      work.features |= FEATURE.multiValue
    }
  })
  inSection(work, SECTION.import, (reader) => readImports(reader, declared))
  inSection(work, SECTION.function, (reader) => readFunctions(reader, declared))
  inSection(work, SECTION.table, (reader) => {
    declared.tables.push(...readTables(reader))
  })
  inSection(work, SECTION.memory, (reader) => {
    const imported = declared.importsMemory
    declared.memory = readMemory(reader, { pages: maxPages, imported }) ?? declared.memory
  })
  inSection(work, SECTION.global, (reader) => readGlobals(reader, declared))
  inSection(work, SECTION.export, (reader) => {
    declared.exports = readExports(reader, declared)
  })
}

const checkSegments = (work: Work): void => {
  const { declared } = work
  const scope = constantScope(declared)
  const tables = declared.tables.length
  inSection(work, SECTION.element, (reader) => checkElements(reader, { scope, tables }))
  inSection(work, SECTION.data, (reader) => checkData(reader, scope))
  if (work.sections.has(SECTION.dataCount)) work.features |= FEATURE.bulkMemory
}

const meter = (work: Work): Uint8Array => {
  const { bytes, sections, declared } = work
  const added = planAdditions(declared)
  // Types are added behind the guest's; the guest's code is checked against its own count.
  const types = [...declared.types]
  const typeOf = createTypeIndex(types)
  for (const type of HELPER_TYPES) typeOf(type)
  const maxPages = Math.min(declared.memory?.max ?? work.maxPages, work.maxPages)
  const written: { code?: MeteredCode } = {}
  inSection(work, SECTION.code, (reader) => {
    written.code = meterCode(reader, { declared, added, maxPages, typeOf })
  })
  const { code } = written
  if (!code) return refuse('BAD_SECTION', 'no code')
  work.features |= code.features
  const all = { ...declared, types }
  return assemble({ source: bytes, sections, declared: all, added, typeOf, maxPages, ...code })
}

const isValid = (bytes: Uint8Array): boolean =>
  WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)

const checkCodeSize = ({ sections }: Work): void => {
  const code = sections.get(SECTION.code)
  if (!code) return
  const [value, limit] = [code.to - code.from, MODULE_BOUNDS.codeBytes]
  if (value > limit) refuse('MODULE_TOO_LARGE', `${value} bytes of code`, { value, limit })
}

const instrument = (work: Work): Uint8Array => {
  checkSegments(work)
  const metered = meter(work)
  if (!isValid(work.bytes)) refuse('INVALID', 'not a valid module')
  if (!isValid(metered)) refuse('INVALID', 'not a valid module once metered')
  return metered
}

const faultOf = (error: ModuleRefused): ModuleFault => {
  const { functionIndex, offset, section } = error.where
  const place = section === undefined ? 'module' : `${sectionName(section)} section`
  return {
    code: error.code,
    where: functionIndex === undefined ? place : `function ${functionIndex}`,
    detail: error.detail,
    ...(functionIndex === undefined ? {} : { functionIndex }),
    ...(offset === undefined ? {} : { offset }),
    ...error.excess,
  }
}

const inspect = (work: Work, faults: readonly ModuleFault[]): ModuleInspection => {
  const { sections, declared } = work
  const code = sections.get(SECTION.code)
  return {
    accepted: faults.length === 0,
    faults,
    imports: declared.imports,
    exports: declared.exports.map(({ name }) => name),
    codeBytes: code ? code.to - code.from : 0,
    functions: declared.functions.length - declared.importedFunctions,
    memoryPages: declared.memory ?? { min: 0, max: null },
    features: featureNames(work.features),
  }
}

type Rules = { memoryPages: number; faultsOf: (read: Work) => readonly ModuleFault[] }

const examine = (bytes: Uint8Array, { memoryPages, faultsOf }: Rules): PreparedModule => {
  const work: Work = {
    bytes,
    sections: new Map(),
    declared: noDeclarations(),
    features: 0,
    maxPages: memoryPages,
  }
  const faults: ModuleFault[] = []
  try {
    work.sections = readSections(bytes)
    checkCodeSize(work)
    declare(work)
    faults.push(...faultsOf(work))
    const metered = instrument(work)
    const inspection = inspect(work, faults)
    if (faults.length > 0) return { inspection, metered: null }
    return { inspection: { ...inspection, meteredBytes: metered.length }, metered }
  } catch (error) {
    if (!(error instanceof ModuleRefused)) throw error
    return { inspection: inspect(work, [...faults, faultOf(error)]), metered: null }
  }
}

/** Judges a command against every rule and, if it passes, adds fuel, stack and NaN rules to its code. Bytes in, bytes out. */
export const prepareModule = (
  bytes: Uint8Array,
  { memoryPages }: { memoryPages: number },
): PreparedModule =>
  examine(bytes, {
    memoryPages,
    faultsOf: ({ declared, sections }) => commandFaults(declared, sections.has(SECTION.start)),
  })

/** The same for a module that is no command: it may import and export what it likes. */
export const meterModule = (
  bytes: Uint8Array,
  { memoryPages }: { memoryPages: number },
): PreparedModule => examine(bytes, { memoryPages, faultsOf: () => [] })

import { MODULE_BOUNDS } from './bounds.ts'
import type { BranchHints } from './code-section.ts'
import type { Declarations, TableDeclaration } from './declarations.ts'
import { EXPORT_KIND } from './declarations.ts'
import { ADDED_EXPORTS, type Additions, HELPER_TYPES } from './helper-functions.ts'
import { SECTION, SECTION_ORDER, type Sections } from './sections.ts'
import { type FunctionType, VALUE } from './value-types.ts'
import { ByteWriter } from './writer.ts'

const sameTypes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((code, index) => code === b[index])

/** Finds the index of a function type, adding it behind the guest's own types if it is new. */
export const createTypeIndex = (types: FunctionType[]): ((type: FunctionType) => number) => {
  const known = new Map<string, number>()
  return (type) => {
    const key = `${type.parameters}|${type.results}`
    const found =
      known.get(key) ??
      types.findIndex(
        (other) =>
          sameTypes(other.parameters, type.parameters) && sameTypes(other.results, type.results),
      )
    const index = found >= 0 ? found : types.push(type) - 1
    known.set(key, index)
    return index
  }
}

const writeTypes = (out: ByteWriter, types: readonly FunctionType[]): void => {
  out.u32(types.length)
  for (const { parameters, results } of types) {
    out.u8(0x60)
    out.u32(parameters.length)
    out.bytes(parameters)
    out.u32(results.length)
    out.bytes(results)
  }
}

const writeTable = (out: ByteWriter, { element, min, max }: TableDeclaration): void => {
  const clamped = Math.max(
    min,
    Math.min(max ?? MODULE_BOUNDS.tableEntries, MODULE_BOUNDS.tableEntries),
  )
  out.u8(element)
  out.u8(1)
  out.u32(min)
  out.u32(clamped)
}

const writeGlobals = (out: ByteWriter, guest: Uint8Array | null, count: number): void => {
  out.u32(count + 2)
  if (guest) out.bytes(withoutCount(guest))
  out.bytes([VALUE.i64, 1, 0x42, 0x00, 0x0b])
  out.bytes([VALUE.i32, 1, 0x41, 0x00, 0x0b])
}

const writeExports = (out: ByteWriter, guest: Uint8Array | null, assembly: Assembly): void => {
  const { declared, added } = assembly
  out.u32(declared.exports.length + 3)
  if (guest) out.bytes(withoutCount(guest))
  const rows: [string, number, number][] = [
    [ADDED_EXPORTS.fuel, EXPORT_KIND.global, added.fuelGlobal],
    [ADDED_EXPORTS.stack, EXPORT_KIND.global, added.stackGlobal],
    [ADDED_EXPORTS.hooks, EXPORT_KIND.table, added.hookTable],
  ]
  for (const [name, kind, index] of rows) {
    out.name(name)
    out.u8(kind)
    out.u32(index)
  }
}

// A section's content behind the number that opens it.
const withoutCount = (content: Uint8Array): Uint8Array => {
  let at = 0
  while ((content[at] as number) >= 0x80) at++
  return content.subarray(at + 1)
}

export type Assembly = {
  source: Uint8Array
  sections: Sections
  declared: Declarations
  added: Additions
  typeOf: (type: FunctionType) => number
  maxPages: number
  code: ByteWriter
  hints: readonly BranchHints[]
}

// Sections that differ from the guest's own; the others are copied.
const rewritten = (assembly: Assembly, id: number, guest: Uint8Array | null) => {
  const { declared, maxPages } = assembly
  const out = new ByteWriter()
  switch (id) {
    case SECTION.type:
      writeTypes(out, declared.types)
      break
    case SECTION.function: {
      const own = declared.functions.slice(declared.importedFunctions)
      const all = [...own, ...HELPER_TYPES.map(assembly.typeOf)]
      out.u32(all.length)
      for (const index of all) out.u32(index)
      break
    }
    case SECTION.table:
      out.u32(declared.tables.length - declared.importedTables + 1)
      for (const table of declared.tables.slice(declared.importedTables)) writeTable(out, table)
      writeTable(out, { element: VALUE.funcref, min: 1, max: 1 })
      break
    case SECTION.memory:
      if (declared.memory === null || declared.importsMemory) return guest
      out.bytes([1, 1])
      out.u32(declared.memory.min)
      out.u32(maxPages)
      break
    case SECTION.global:
      writeGlobals(out, guest, declared.globals - declared.importedGlobals)
      break
    case SECTION.export:
      writeExports(out, guest, assembly)
      break
    case SECTION.code:
      return assembly.code.written()
    default:
      return guest
  }
  return out.written()
}

// Which of the added tests hardly ever succeed. It changes how code is laid out, never what it does.
const branchHints = (hints: readonly BranchHints[]): ByteWriter => {
  const out = new ByteWriter()
  out.name('metadata.code.branch_hint')
  out.u32(hints.length)
  for (const { index, places } of hints) {
    out.u32(index)
    out.u32(places.length)
    for (const place of places) {
      out.u32(place)
      out.bytes([1, 0])
    }
  }
  return out
}

/** The metered module: the guest's sections with everything added at the end of its index space. */
export const assemble = (assembly: Assembly): Uint8Array => {
  const { source, sections } = assembly
  const out = new ByteWriter(source.length + assembly.code.length + 4096)
  out.bytes(source.subarray(0, 8))
  for (const id of SECTION_ORDER) {
    const guest = sections.get(id)
    const content = rewritten(assembly, id, guest ? source.subarray(guest.from, guest.to) : null)
    if (!content) continue
    if (id === SECTION.code) {
      const hints = branchHints(assembly.hints)
      out.u8(SECTION.custom)
      out.u32(hints.length)
      out.bytes(hints.written())
    }
    out.u8(id)
    out.u32(content.length)
    out.bytes(content)
  }
  return out.written()
}

import { MODULE_BOUNDS } from './bounds.ts'
import { refuse } from './faults.ts'
import { ByteReader } from './reader.ts'

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const

/** The name of a section. */
export const sectionName = (id: number): string =>
  Object.entries(SECTION).find(([, other]) => other === id)?.[0] ?? `unknown (${id})`

/** The order sections must come in; it is not the order of their numbers. */
export const SECTION_ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11] as const

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** Where each section's content lies. Custom sections are left out: they mean nothing to the run. */
export type Sections = ReadonlyMap<number, { from: number; to: number }>

const refuseSection = (id: number): never => {
  if (id === SECTION.tag) return refuse('EXCEPTIONS', 'tag section')
  return refuse('BAD_SECTION', `section ${id} is unknown, repeated or out of order`)
}

/** Splits a module, checking header, sizes and order. */
export const readSections = (source: Uint8Array): Sections => {
  if (HEADER.some((byte, index) => source[index] !== byte)) refuse('NOT_WASM', 'no wasm 1 header')
  if (source.length > MODULE_BOUNDS.moduleBytes) {
    const excess = { value: source.length, limit: MODULE_BOUNDS.moduleBytes }
    refuse('MODULE_TOO_LARGE', `${source.length} bytes`, excess)
  }
  const reader = new ByteReader(source)
  reader.at = HEADER.length
  const sections = new Map<number, { from: number; to: number }>()
  let rank = -1
  while (reader.at < reader.end) {
    const id = reader.u8()
    const size = reader.u32()
    const from = reader.at
    reader.skip(size)
    if (id === SECTION.custom) continue
    const next = SECTION_ORDER.indexOf(id as (typeof SECTION_ORDER)[number])
    if (next <= rank) refuseSection(id)
    rank = next
    sections.set(id, { from, to: reader.at })
  }
  return sections
}

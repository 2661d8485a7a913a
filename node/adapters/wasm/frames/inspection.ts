import type { ModuleInspection } from '../../../ports/index.ts'
import type { Frame } from './codec.ts'

/** A module to be judged, for a memory of so many pages. */
export type InspectRequest = { module: Uint8Array; memoryPages: number }

/** What came of it; `metered` is there where the module may run. */
export type Inspected = { inspection: ModuleInspection; metered: Uint8Array | null }

export const encodeInspect = ({ module, memoryPages }: InspectRequest): Frame => ({
  header: { type: 'inspect', memoryPages },
  parts: [module],
})

export const decodeInspect = ({ header, parts }: Frame): InspectRequest => ({
  memoryPages: header.memoryPages as number,
  module: parts[0] ?? new Uint8Array(0),
})

const LISTED_NAMES_MAX = 500
const LISTED_FAULTS_MAX = 100
const LISTED_NAME_LENGTH_MAX = 256
const DETAIL_LENGTH_MAX = 1_000

const shorten = (names: readonly string[]): string[] =>
  names.slice(0, LISTED_NAMES_MAX).map((name) => name.slice(0, LISTED_NAME_LENGTH_MAX))

// Cut to a size that can be shown and kept; `accepted` and the faults' codes stay whole.
const abridge = (inspection: ModuleInspection): ModuleInspection => ({
  ...inspection,
  faults: inspection.faults.slice(0, LISTED_FAULTS_MAX).map((fault) => ({
    ...fault,
    where: fault.where.slice(0, LISTED_NAME_LENGTH_MAX),
    detail: fault.detail.slice(0, DETAIL_LENGTH_MAX),
  })),
  imports: shorten(inspection.imports),
  exports: shorten(inspection.exports),
})

export const encodeInspected = ({ inspection, metered }: Inspected): Frame => ({
  header: { type: 'inspected', inspection: abridge(inspection) },
  parts: metered ? [metered] : [],
})

export const decodeInspected = ({ header, parts }: Frame): Inspected => ({
  inspection: header.inspection as ModuleInspection,
  metered: parts[0] ?? null,
})

import { DEFAULT_LIMITS, type TaskLimits } from '../../../protocols/execution/index.ts'

/** A real program with its input, and what it must say. */
export type Program = {
  name: string
  /** Its bytes; built at most once, then taken from the cache. */
  module(): Promise<Uint8Array>
  args: readonly string[]
  stdin: Uint8Array
  files: ReadonlyMap<string, Uint8Array>
  outputs: readonly string[]
  limits: TaskLimits
  /** Standard output, word for word; null where only its hash is kept. */
  expected: string | null
}

/** More than any of the programs needs. */
const PROGRAM_LIMITS: TaskLimits = {
  fuel: DEFAULT_LIMITS.fuel,
  memoryPages: DEFAULT_LIMITS.memoryPages,
  outputBytes: DEFAULT_LIMITS.fileBytes,
  wallMs: DEFAULT_LIMITS.wallMs,
}

/** A program without files; the rest as given. */
export const aProgram = (
  program: Pick<Program, 'name' | 'module' | 'args'> & Partial<Program>,
): Program => ({
  stdin: new Uint8Array(),
  files: new Map(),
  outputs: [],
  limits: PROGRAM_LIMITS,
  expected: null,
  ...program,
})

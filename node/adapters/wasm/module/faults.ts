/** Every reason for which a module is refused before it runs. */
export type ModuleFaultCode =
  | 'NOT_WASM'
  | 'MODULE_TOO_LARGE'
  | 'TRUNCATED'
  | 'BAD_ENCODING'
  | 'BAD_SECTION'
  | 'TOO_MANY'
  | 'BODY_TOO_LARGE'
  | 'TOO_MANY_LOCALS'
  | 'TOO_COSTLY_TO_COMPILE'
  | 'NESTED_TOO_DEEP'
  | 'BRANCH_TABLE_TOO_LARGE'
  | 'MEMORY_MISSING'
  | 'MEMORY_TOO_LARGE'
  | 'TABLE_TOO_LARGE'
  | 'IMPORT_KIND'
  | 'IMPORT_UNKNOWN'
  | 'IMPORT_TYPE'
  | 'START_MISSING'
  | 'START_SECTION'
  | 'EXPORT_RESERVED'
  | 'THREADS'
  | 'RELAXED_SIMD'
  | 'EXCEPTIONS'
  | 'GC_TYPES'
  | 'MEMORY64'
  | 'MULTI_MEMORY'
  | 'UNKNOWN_OPCODE'
  | 'BAD_INDEX'
  | 'BAD_CONSTANT'
  | 'INVALID'

/** A bound that was passed. */
export type Excess = { value: number; limit: number }

/** Why a module is refused, and where: `offset` counts bytes from the module's start. */
export type ModuleFault = {
  code: ModuleFaultCode
  where: string
  detail: string
  functionIndex?: number
  offset?: number
} & Partial<Excess>

/** Carries the fault that ends the reading of a module; caught in prepare.ts and turned into data. */
export class ModuleRefused extends Error {
  readonly code: ModuleFaultCode
  readonly detail: string
  readonly excess: Excess | undefined
  /** Filled in on the way out, by those who know. */
  where: { section?: number; functionIndex?: number; offset?: number } = {}

  constructor(code: ModuleFaultCode, detail: string, excess?: Excess) {
    super(`${code}: ${detail}`)
    this.code = code
    this.detail = detail
    this.excess = excess
  }
}

export const refuse = (code: ModuleFaultCode, detail: string, excess?: Excess): never => {
  throw new ModuleRefused(code, detail, excess)
}

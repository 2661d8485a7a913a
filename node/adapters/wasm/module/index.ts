// Judges WebAssembly modules and adds the rules they run under: fuel, stack height, canonical NaNs, clamped memory.
// Bytes in, bytes out; runs nothing.

export { MODULE_BOUNDS } from './bounds.ts'
export { COSTS, COSTS_BULK, COSTS_SIMD, DYNAMIC_COSTS, meteringText } from './costs.ts'
export type { ModuleFaultCode } from './faults.ts'
export { ADDED_EXPORTS, HOOK } from './helper-functions.ts'
export { meterModule, type PreparedModule, prepareModule } from './prepare.ts'
export { WASI_MODULE } from './wasi-imports.ts'

// WASI preview 1 in memory: deterministic, bounded, every call charged. Knows nothing of processes, pools or modules.

export { HOST_CHARGES, wasiText } from './charges.ts'
export {
  type CreateWasiHost,
  createDeterministicCalls,
  createSoukHost,
  type HostMeter,
  type WasiHost,
  type WasiInput,
  type WasiOutputs,
} from './host.ts'
export { GuestExit, OutputLimit } from './signals.ts'

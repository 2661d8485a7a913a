// What work is and what its result is, in bytes that both sides hash alike. Runs nothing.
export type { ManifestFault } from './faults.ts'
export {
  decodeManifest,
  encodeManifest,
  MAX_MANIFEST_BYTES,
  type TaskLimits,
  type TaskManifest,
  taskHashOf,
} from './manifest.ts'
export {
  decodeResultManifest,
  encodeResultManifest,
  type ResultManifest,
  type VerdictKind,
} from './result-manifest.ts'

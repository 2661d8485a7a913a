// What work is, what it may use, how it can end, and the hash of its result, in bytes that both sides hash alike. Runs nothing.
export {
  estimateFuel,
  type FuelEstimate,
  type FuelEvidence,
  fuelLimitOf,
  RECEIPTS_MAX,
} from './estimate.ts'
export { guestLimitsOf } from './guest-limits.ts'
export { DEFAULT_LIMITS, INPUT_BYTES_MAX, MODULE_BYTES_MAX } from './limits.ts'
export {
  decodeManifest,
  encodeManifest,
  MAX_MANIFEST_BYTES,
  type TaskLimits,
  type TaskManifest,
  taskHashOf,
} from './manifest.ts'
export { type Digest, type RunResult, resultHash } from './result-hash.ts'
export {
  decodeResultManifest,
  encodeResultManifest,
  type ResultManifest,
  type VerdictKind,
} from './result-manifest.ts'
export { VERDICT_CODES, verdictKindOf } from './verdict.ts'

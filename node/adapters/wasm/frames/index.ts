// The language between the sandbox and its child processes. Both ends read it; neither trusts lengths it did not ask for.

export {
  decodeFrame,
  decodePrefix,
  encodeFrame,
  type Frame,
  HEADER_BYTES_MAX,
  PREFIX_BYTES,
} from './codec.ts'
export {
  decodeInspect,
  decodeInspected,
  encodeInspect,
  encodeInspected,
  type Inspected,
  type InspectRequest,
} from './inspection.ts'
export {
  decodeOutput,
  decodeProgress,
  decodeSlice,
  encodeOutput,
  encodeProgress,
  encodeSlice,
} from './live.ts'
export {
  decodeEnding,
  decodeRun,
  encodeEnding,
  encodeRun,
  type RunEnding,
  type RunRequest,
} from './messages.ts'

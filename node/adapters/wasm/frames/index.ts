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
  decodeEnding,
  decodeInspection,
  decodeRun,
  encodeEnding,
  encodeInspection,
  encodeRun,
  type RunEnding,
  type RunRequest,
} from './messages.ts'

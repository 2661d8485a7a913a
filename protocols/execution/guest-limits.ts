import { DEFAULT_LIMITS } from './limits.ts'
import type { TaskLimits } from './manifest.ts'

/**
 * The limits a task runs under, the same on every machine because they decide its verdict: `outputBytes` bounds stdout, stderr and
 * files each, none of them above its default.
 */
export const guestLimitsOf = ({ fuel, memoryPages, outputBytes, wallMs }: TaskLimits) => ({
  fuel,
  memoryPages,
  stackUnits: DEFAULT_LIMITS.stackUnits,
  stdoutBytes: Math.min(outputBytes, DEFAULT_LIMITS.stdoutBytes),
  stderrBytes: Math.min(outputBytes, DEFAULT_LIMITS.stderrBytes),
  fileBytes: Math.min(outputBytes, DEFAULT_LIMITS.fileBytes),
  wallMs,
})

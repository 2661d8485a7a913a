/** Why a task is not run, or its result not taken. Faults of the content port pass through. */
export type ExecutionFault =
  | 'MANIFEST_INVALID'
  | 'MODULE_INVALID'
  | 'LIMITS_TOO_HIGH'
  | 'ENGINE_MISMATCH'
  | 'RESULT_MISMATCH'

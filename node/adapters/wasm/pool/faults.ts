/** Codes of the faults a sandbox throws: not about a run's result, but about the request or the sandbox itself. */
export type SandboxFaultCode =
  | 'SANDBOX_NOT_RUNNING'
  | 'SANDBOX_BUSY'
  | 'SANDBOX_UNAVAILABLE'
  | 'INSPECTION_FAILED'
  | 'MODULE_REFUSED'
  | 'JOB_INVALID'

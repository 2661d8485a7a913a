import type { UnixSeconds } from '../../protocols/common/index.ts'

/** Time as an argument: real in the node, turned by hand in tests. */
export type Clock = {
  now(): UnixSeconds
  /** Milliseconds since the Unix epoch, integer. */
  nowMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  wait(ms: number, options?: { signal?: AbortSignal }): Promise<void>
}

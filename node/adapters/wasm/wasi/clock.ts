import { EPOCH_NS } from './charges.ts'

/** Time inside a run: it passes with the work done and with sleep, never with the host's clock. */
export type VirtualClock = {
  /** Nanoseconds since 1970. */
  realtime(): bigint
  /** Nanoseconds since the run began. */
  elapsed(): bigint
  sleep(ns: bigint): void
}

const MAX_NS = 1n << 62n

export const createVirtualClock = (fuelUsed: () => bigint): VirtualClock => {
  let slept = 0n
  const elapsed = () => fuelUsed() + slept
  return {
    elapsed,
    realtime: () => EPOCH_NS + elapsed(),
    sleep: (ns) => {
      slept = slept + ns > MAX_NS ? MAX_NS : slept + ns
    },
  }
}

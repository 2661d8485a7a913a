// Runs one compiled, metered module in this process: fuel, slices, verdicts. Blocks until it ends.

export type { OnSlice } from './fuel-tank.ts'
export { type GuestFailure, type GuestHooks, type GuestRun, runGuest } from './run-guest.ts'

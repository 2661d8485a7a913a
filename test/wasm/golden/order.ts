import type { Measured } from './task.ts'

/** Flag that keeps V8 to one of its compilers; null for its own choice. */
export type Tier = '--liftoff-only' | '--no-liftoff' | null

/** What a worker is asked to run. */
export type Order = { programs: readonly string[]; tier: Tier; runs: number }

/** One run, as a worker tells of it. */
export type Ran = Measured & { program: string; run: number }

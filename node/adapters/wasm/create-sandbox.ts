import { createHash } from 'node:crypto'
import { DEFAULT_LIMITS, MODULE_BYTES_MAX } from '../../../protocols/execution/index.ts'
import type {
  Log,
  ModuleInspection,
  Sandbox,
  SandboxHooks,
  SandboxJob,
  SandboxLimits,
} from '../../ports/index.ts'
import { checkJob } from './check-job.ts'
import { type EngineOptions, engineHashOf, readableFolders } from './engine.ts'
import {
  createPool,
  type Executed,
  executeJob,
  inspectModule,
  type Pool,
  startChild,
} from './pool/index.ts'

export type SandboxDeps = { log?: Pick<Log, 'warn'> }

export type SandboxOptions = {
  /** Tasks that run at the same time: child processes kept warm. */
  workers: number
  /** Tasks that may wait for a free child; more are refused with SANDBOX_BUSY. */
  maxQueue: number
  /** Tasks after which a child is replaced. */
  tasksPerChild?: number
} & Partial<EngineOptions>

const INSPECTIONS_QUEUED_MAX = 256
// Below this size hashing is quicker than handing it to another thread.
const SMALL_BYTES = 256 << 10

const hashModule = async (module: Uint8Array): Promise<string> => {
  if (module.length < SMALL_BYTES) return createHash('sha256').update(module).digest('hex')
  const digest = await crypto.subtle.digest('SHA-256', module as Uint8Array<ArrayBuffer>)
  return Buffer.from(digest).toString('hex')
}

const tooLarge = (bytes: number): ModuleInspection => ({
  accepted: false,
  faults: [
    {
      code: 'MODULE_TOO_LARGE',
      where: 'module',
      detail: `${bytes} bytes, at most ${MODULE_BYTES_MAX}`,
    },
  ],
  imports: [],
  exports: [],
  codeBytes: 0,
  functions: 0,
  memoryPages: { min: 0, max: null },
})

const cancelled = (): Executed => ({
  outcome: { kind: 'host-failure', code: 'CANCELLED', detail: 'before it began', fuelUsed: 0n },
  wallMs: 0,
  peakRssBytes: 0,
})

const inspect = async (
  pool: Pool,
  module: Uint8Array,
  limits: Partial<SandboxLimits>,
): Promise<ModuleInspection> => {
  if (module.length > MODULE_BYTES_MAX) return tooLarge(module.length)
  const memoryPages = limits.memoryPages ?? DEFAULT_LIMITS.memoryPages
  const moduleHash = await hashModule(module)
  return pool.withChild((child) => inspectModule(child, { module, moduleHash, memoryPages }))
}

const run = async (pool: Pool, job: SandboxJob, hooks: SandboxHooks): Promise<Executed> => {
  checkJob(job)
  const moduleHash = await hashModule(job.module)
  try {
    return await pool.withChild(
      (child) => executeJob(child, { job, moduleHash }, hooks),
      hooks.signal,
    )
  } catch (error) {
    if (hooks.signal?.aborted) return cancelled()
    throw error
  }
}

/** A sandbox over child processes: some that run tasks, and one that only judges modules so that a busy node still answers. */
export const createSandbox = (
  { log = { warn: () => undefined } }: SandboxDeps,
  { workers, maxQueue, tasksPerChild = 1_000, wasiHost = 'souk' }: SandboxOptions,
): Sandbox => {
  const readable = readableFolders(wasiHost)
  const poolOf = (role: 'run' | 'inspect', options: { workers: number; maxQueue: number }) =>
    createPool(
      { log, startChild: () => startChild({ role, wasiHost }, { readable }) },
      { ...options, tasksPerChild },
    )
  const runners = poolOf('run', { workers, maxQueue })
  const inspectors = poolOf('inspect', { workers: 1, maxQueue: INSPECTIONS_QUEUED_MAX })
  return {
    engineHash: engineHashOf({ wasiHost }),
    inspect: (module, limits = {}) => inspect(inspectors, module, limits),
    run: (job, hooks) => run(runners, job, hooks),
    start: async () => {
      await Promise.all([runners.start(), inspectors.start()])
    },
    stop: async () => {
      await Promise.all([runners.stop(), inspectors.stop()])
    },
  }
}

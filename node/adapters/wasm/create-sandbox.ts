import { Fault } from '../../../protocols/common/index.ts'
import { DEFAULT_LIMITS, MODULE_BYTES_MAX } from '../../../protocols/execution/index.ts'
import type { Log, ModuleInspection, Sandbox, SandboxHooks, SandboxJob } from '../../ports/index.ts'
import { createDisk, createModuleStore, type ModuleStore } from './cache/index.ts'
import { checkJob } from './check-job.ts'
import { sha256 } from './digest.ts'
import { type EngineOptions, engineHashOf, meteringHash, readableFolders } from './engine.ts'
import type { Inspected } from './frames/index.ts'
import {
  createPool,
  type Executed,
  executeJob,
  inspectModule,
  type Pool,
  type SandboxFaultCode,
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
  /** The most memory a process may take, in bytes, whatever its task was promised. */
  maxProcessBytes?: number
  /** Where metered modules are kept from one start to the next, and how many bytes of them; without it, in memory only. */
  moduleCache?: { folder: string; maxBytes: number }
} & Partial<EngineOptions>

const INSPECTIONS_QUEUED_MAX = 256
const TASKS_PER_CHILD = 1_000
const PROCESS_BYTES = 2 ** 31
const MODULES_IN_MEMORY_BYTES = 64 << 20

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

const hostFailure = (code: 'CANCELLED' | 'CHILD_CRASHED', detail: string): Executed => ({
  outcome: { kind: 'host-failure', code, detail, fuelUsed: 0n },
  wallMs: 0,
  peakRssBytes: 0,
})

const refused = ({ faults }: ModuleInspection): Fault<SandboxFaultCode> =>
  new Fault('MODULE_REFUSED', `the module may not run: ${faults[0]?.code}`, { faults })

type Judged = Inspected & { key: string }

/** Judges modules, each once. What is kept of one is named by its hash, the rules of metering and the memory it may have. */
const createJudge = (inspectors: Pool, modules: ModuleStore) => {
  return async (module: Uint8Array, memoryPages: number): Promise<Judged> => {
    if (module.length > MODULE_BYTES_MAX) {
      return { inspection: tooLarge(module.length), metered: null, key: '' }
    }
    const hash = Buffer.from(await sha256(module)).toString('hex')
    const key = `${hash}-${meteringHash.slice(2, 18)}-${memoryPages}`
    const inspected = await modules.obtain(key, () =>
      inspectors.withChild((child) => inspectModule(child, { module, memoryPages })),
    )
    return { ...inspected, key }
  }
}

type Judge = ReturnType<typeof createJudge>

const untilAborted = <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
  new Promise((resolve, reject) => {
    const leave = () => reject(signal?.reason)
    signal?.addEventListener('abort', leave, { once: true })
    if (signal?.aborted) leave()
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave))
  })

const run = async (
  { judge, runners, maxProcessBytes }: { judge: Judge; runners: Pool; maxProcessBytes: number },
  job: SandboxJob,
  hooks: SandboxHooks,
): Promise<Executed> => {
  checkJob(job)
  const { signal } = hooks
  try {
    const judging = judge(job.module, job.limits.memoryPages)
    const { inspection, metered, key: moduleKey } = await untilAborted(judging, signal)
    if (!metered) throw refused(inspection)
    return await runners.withChild(
      (child) => executeJob(child, { job, moduleKey, metered, maxProcessBytes }, hooks),
      signal,
    )
  } catch (error) {
    if (signal?.aborted) return hostFailure('CANCELLED', 'before it began')
    if (!(error instanceof Fault) || error.code !== 'INSPECTION_FAILED') throw error
    return hostFailure('CHILD_CRASHED', error.message)
  }
}

/** A sandbox over child processes: some that run tasks, and one that judges and meters modules and never runs any, so that no guest can get at what others will run. */
export const createSandbox = (
  { log = { warn: () => undefined } }: SandboxDeps,
  options: SandboxOptions,
): Sandbox => {
  const { workers, maxQueue, wasiHost = 'souk', moduleCache } = options
  const { maxProcessBytes = PROCESS_BYTES } = options
  const readable = readableFolders(wasiHost)
  const poolOf = (size: { workers: number; maxQueue: number }) =>
    createPool(
      { log, startChild: () => startChild({ wasiHost }, { readable }) },
      { ...size, tasksPerChild: options.tasksPerChild ?? TASKS_PER_CHILD },
    )
  const runners = poolOf({ workers, maxQueue })
  const inspectors = poolOf({ workers: 1, maxQueue: INSPECTIONS_QUEUED_MAX })
  const disk = moduleCache ? createDisk({ digest: sha256, log }, moduleCache) : null
  const modules = createModuleStore({ disk }, { memoryBytes: MODULES_IN_MEMORY_BYTES })
  const judge = createJudge(inspectors, modules)
  return {
    engineHash: engineHashOf({ wasiHost }),
    inspect: async (module, { memoryPages = DEFAULT_LIMITS.memoryPages } = {}) =>
      (await judge(module, memoryPages)).inspection,
    run: (job, hooks) => run({ judge, runners, maxProcessBytes }, job, hooks),
    start: async () => {
      await Promise.all([modules.open(), runners.start(), inspectors.start()])
    },
    stop: async () => {
      await Promise.all([runners.stop(), inspectors.stop()])
    },
  }
}

import type {
  ModuleInspection,
  Sandbox,
  SandboxHooks,
  SandboxHostFailure,
  SandboxJob,
  SandboxVerdict,
} from '../../node/ports/index.ts'

/** What the fake does with one run. Fuel is "used" slice by slice, asking the gate between slices as the real one does. */
export type SandboxScript = {
  kind?: SandboxVerdict['kind']
  exitCode?: number
  detail?: string
  /** Fuel the program would use; above the job's limit it ends out of fuel. Default 1,000. */
  fuelUsed?: bigint
  stdout?: Uint8Array
  stderr?: Uint8Array
  /** Whether stdout is told while it runs, to whoever listens. */
  isLive?: boolean
  files?: ReadonlyMap<string, Uint8Array>
  /** Fails on the host's side once this much fuel is used, instead of giving a verdict. */
  hostFailure?: { code: SandboxHostFailure['code']; afterFuel?: bigint }
  /** Held back before the outcome, after all slices: a test decides when the run ends. */
  until?: Promise<void>
}

export type FakeSandbox = Sandbox & {
  /** Scripts taken by the next runs, in order; after the last one `fallback` counts again. */
  next(...scripts: SandboxScript[]): void
  /** Every job that was run, oldest first. */
  jobs: SandboxJob[]
}

export type FakeSandboxOptions = {
  engineHash?: `0x${string}`
  fallback?: SandboxScript | ((job: SandboxJob) => SandboxScript)
  /** Faults found in a module; none by default. */
  faultsOf?: (module: Uint8Array) => ModuleInspection['faults']
}

const fail = (code: SandboxHostFailure['code'], fuelUsed: bigint): SandboxHostFailure => ({
  kind: 'host-failure',
  code,
  detail: `the fake ends with ${code}`,
  fuelUsed,
})

const verdictOf = (script: SandboxScript, fuel: bigint): SandboxVerdict => {
  const wanted = script.fuelUsed ?? 1000n
  const isOut = wanted > fuel
  const kind = isOut ? 'out-of-fuel' : (script.kind ?? 'exit')
  return {
    kind,
    exitCode: kind === 'exit' ? (script.exitCode ?? 0) : -1,
    detail: script.detail ?? '',
    fuelUsed: isOut ? fuel : wanted,
    stdout: script.stdout ?? new TextEncoder().encode('ok\n'),
    stderr: script.stderr ?? new Uint8Array(),
    files: script.files ?? new Map(),
  }
}

// The fuel at which the run ends, and how.
const endOf = (script: SandboxScript, job: SandboxJob) => {
  const verdict = verdictOf(script, job.limits.fuel)
  const { hostFailure } = script
  if (!hostFailure) return verdict
  return fail(hostFailure.code, hostFailure.afterFuel ?? verdict.fuelUsed)
}

const runScript = async (script: SandboxScript, job: SandboxJob, hooks: SandboxHooks) => {
  const end = endOf(script, job)
  if (script.isLive && end.kind !== 'host-failure') {
    hooks.onOutput?.({ stream: 'stdout', bytes: end.stdout })
  }
  let slice = 0
  for (let used = job.sliceFuel; used < end.fuelUsed; used += job.sliceFuel) {
    slice += 1
    if (hooks.signal?.aborted) return fail('CANCELLED', used)
    const answer = await hooks.onSlice({ slice, fuelUsed: used })
    if (answer === 'stop') return fail('STOPPED', used)
  }
  await script.until
  return hooks.signal?.aborted ? fail('CANCELLED', end.fuelUsed) : end
}

/** A sandbox that runs scripts instead of WebAssembly: same port, same slices, no child process. */
export const createFakeSandbox = ({
  engineHash = `0x${'e1'.repeat(32)}`,
  fallback = {},
  faultsOf = () => [],
}: FakeSandboxOptions = {}): FakeSandbox => {
  const queue: SandboxScript[] = []
  const jobs: SandboxJob[] = []
  return {
    engineHash,
    jobs,
    next: (...scripts) => void queue.push(...scripts),
    start: async () => {},
    stop: async () => {},
    inspect: async (module) => {
      const faults = faultsOf(module)
      return {
        accepted: faults.length === 0,
        faults,
        imports: [],
        exports: ['_start', 'memory'],
        codeBytes: module.length,
        functions: 1,
        memoryPages: { min: 1, max: null },
      }
    },
    run: async (job, hooks) => {
      jobs.push(job)
      const script = queue.shift() ?? (typeof fallback === 'function' ? fallback(job) : fallback)
      return { outcome: await runScript(script, job, hooks), wallMs: 5, peakRssBytes: 1 << 20 }
    },
  }
}

// Runs one WebAssembly command away from the host: metered, bounded, the same everywhere.

/** What one task may use. Fuel in units, memory in 64 KiB pages, stack in units, outputs in bytes, wall time in milliseconds. */
export type SandboxLimits = {
  fuel: bigint
  memoryPages: number
  stackUnits: number
  stdoutBytes: number
  stderrBytes: number
  fileBytes: number
  wallMs: number
}

/** All that the guest can see. `outputs` names the files handed back after an exit; `seed` feeds its random numbers. */
export type SandboxInput = {
  args: readonly string[]
  env: Readonly<Record<string, string>>
  stdin: Uint8Array
  files: ReadonlyMap<string, Uint8Array>
  outputs: readonly string[]
  seed: Uint8Array
}

/** Asked each time `sliceFuel` more fuel has been used (slice 1 is the first one run). The guest is blocked meanwhile and wall time stands still. */
export type SliceGate = (usage: { slice: number; fuelUsed: bigint }) => Promise<'continue' | 'stop'>

export type SandboxJob = {
  module: Uint8Array
  input: SandboxInput
  limits: SandboxLimits
  sliceFuel: bigint
}

/** A piece of what the guest has just written; all pieces of a stream together are the verdict's. */
export type SandboxOutput = { stream: 'stdout' | 'stderr'; bytes: Uint8Array }

/** `onOutput` and `onProgress` tell of a run while it goes on: what it wrote, and a few times a second how much fuel it has used. */
export type SandboxHooks = {
  onSlice: SliceGate
  onOutput?: (output: SandboxOutput) => void
  onProgress?: (progress: { fuelUsed: bigint }) => void
  signal?: AbortSignal
}

/** A deterministic end of a run: the same module, input and limits give the same verdict everywhere. */
export type SandboxVerdict = {
  kind: 'exit' | 'trap' | 'out-of-fuel' | 'stack-overflow' | 'output-limit'
  exitCode: number
  detail: string
  fuelUsed: bigint
  stdout: Uint8Array
  stderr: Uint8Array
  files: ReadonlyMap<string, Uint8Array>
}

/** The host could not finish the run. Never a result, never the task's fault. STOPPED: the gate answered stop. */
export type SandboxHostFailure = {
  kind: 'host-failure'
  code: 'WALL_TIMEOUT' | 'MEMORY_EXHAUSTED' | 'CHILD_CRASHED' | 'CANCELLED' | 'STOPPED'
  detail: string
  fuelUsed: bigint
}

/**
 * Why a module may not run, and where: `offset` counts bytes from the module's start; `value` passed `limit`.
 */
export type ModuleRefusal = {
  code: string
  where: string
  detail: string
  functionIndex?: number
  offset?: number
  value?: number
  limit?: number
}

/**
 * What a module asks for and whether it may run. `features`: the parts of WebAssembly that it uses beyond the first version;
 * `meteredBytes`: its size with the rules added.
 */
export type ModuleInspection = {
  accepted: boolean
  faults: readonly ModuleRefusal[]
  imports: readonly string[]
  exports: readonly string[]
  codeBytes: number
  functions: number
  memoryPages: { min: number; max: number | null }
  features?: readonly string[]
  meteredBytes?: number
}

export type Sandbox = {
  engineHash: `0x${string}`
  inspect(module: Uint8Array, limits?: Partial<SandboxLimits>): Promise<ModuleInspection>
  run(
    job: SandboxJob,
    hooks: SandboxHooks,
  ): Promise<{
    outcome: SandboxVerdict | SandboxHostFailure
    wallMs: number
    peakRssBytes: number
  }>
  start(): Promise<void>
  stop(): Promise<void>
}

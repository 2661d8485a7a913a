import type { SandboxLimits, SandboxVerdict } from '../../../ports/index.ts'
import { ADDED_EXPORTS, DYNAMIC_COSTS, HOOK, WASI_MODULE } from '../module/index.ts'
import {
  type CreateWasiHost,
  GuestExit,
  OutputLimit,
  type WasiHost,
  type WasiInput,
} from '../wasi/index.ts'
import { FuelTank, type OnSlice, OutOfFuel, RunStopped } from './fuel-tank.ts'
import { wrapHook } from './hook.ts'

export type GuestRun = {
  /** Compiled from a metered module. */
  module: WebAssembly.Module
  input: Omit<WasiInput, 'limits' | 'onOutput'>
  limits: Omit<SandboxLimits, 'wallMs'>
  sliceFuel: bigint
}

export type GuestHooks = {
  onSlice: OnSlice
  onBeat: (fuelUsed: bigint) => void
  /** Told of each write to stdout and stderr, before the guest goes on. */
  onOutput?: NonNullable<WasiInput['onOutput']>
  createHost: CreateWasiHost
}

/** How the host failed, told apart by what the owner must do. */
export type GuestFailure = {
  kind: 'failure'
  code: 'STOPPED' | 'MEMORY_EXHAUSTED' | 'CHILD_CRASHED'
  detail: string
  fuelUsed: bigint
}

class HostMemoryFailed extends Error {}

/** Exit code of a run that did not exit. */
const NO_EXIT_CODE = -1
const PAGE_BYTES = 65_536

type Ending = { kind: SandboxVerdict['kind']; exitCode: number; detail: string }

const ending = (kind: SandboxVerdict['kind'], detail: string): Ending => ({
  kind,
  exitCode: NO_EXIT_CODE,
  detail,
})

const exited = (code: number): Ending => ({ kind: 'exit', exitCode: code | 0, detail: '' })

const failure = (code: GuestFailure['code'], error: Error): Omit<GuestFailure, 'fuelUsed'> => ({
  kind: 'failure',
  code,
  detail: error.message,
})

type Meters = { tank: FuelTank; stack: { value: number } }

// What was thrown out of the guest, told apart. Anything unknown is the host's own failure.
const explain = (error: unknown, { stack }: Meters): Ending | Omit<GuestFailure, 'fuelUsed'> => {
  if (error instanceof GuestExit) return exited(error.code)
  if (error instanceof OutputLimit) return ending('output-limit', error.message)
  if (error instanceof OutOfFuel) return ending('out-of-fuel', '')
  if (error instanceof RunStopped) return failure('STOPPED', error)
  if (error instanceof HostMemoryFailed) return failure('MEMORY_EXHAUSTED', error)
  if (error instanceof WebAssembly.RuntimeError) {
    return stack.value < 0 ? ending('stack-overflow', '') : ending('trap', error.message)
  }
  const unknown = error instanceof Error ? error : new Error(String(error))
  const lacksMemory = unknown instanceof RangeError && /memory/i.test(unknown.message)
  return failure(lacksMemory ? 'MEMORY_EXHAUSTED' : 'CHILD_CRASHED', unknown)
}

const instantiate = (run: GuestRun, host: WasiHost, { tank, stack }: Meters) => {
  const functions = host.functions(run.module)
  const instance = new WebAssembly.Instance(run.module, {
    [WASI_MODULE]: functions as WebAssembly.ModuleImports,
  })
  const { exports } = instance
  const hooks = exports[ADDED_EXPORTS.hooks] as WebAssembly.Table
  hooks.set(
    0,
    wrapHook((reason) => {
      if (reason === HOOK.memoryFailed) throw new HostMemoryFailed('memory.grow was refused')
      tank.refuel()
    }),
  )
  const stackUnits = exports[ADDED_EXPORTS.stack] as WebAssembly.Global<'i32'>
  stackUnits.value = run.limits.stackUnits
  Object.defineProperty(stack, 'value', { get: () => stackUnits.value })
  tank.attach(exports[ADDED_EXPORTS.fuel] as WebAssembly.Global<'i64'>)
  const pages = (exports.memory as WebAssembly.Memory).buffer.byteLength / PAGE_BYTES
  tank.charge(pages * DYNAMIC_COSTS.page)
  return instance
}

/** Runs a metered command once, in this process and this call. */
export const runGuest = (run: GuestRun, hooks: GuestHooks): SandboxVerdict | GuestFailure => {
  const { limits, sliceFuel } = run
  const { onSlice, onBeat } = hooks
  const tank = new FuelTank({ limit: limits.fuel, sliceFuel, onSlice, onBeat })
  const meters: Meters = { tank, stack: { value: 0 } }
  const { onOutput } = hooks
  const host = hooks.createHost({ ...run.input, limits, ...(onOutput && { onOutput }) }, tank)
  try {
    const end = attempt(() => host.start(instantiate(run, host, meters)), meters)
    const used = tank.used()
    if (end.kind === 'failure') return { ...end, fuelUsed: used }
    // Code between two tests may pass the limit and reach its end: that, too, is out of fuel.
    if (used > limits.fuel || end.kind === 'out-of-fuel') {
      return { ...ending('out-of-fuel', ''), fuelUsed: limits.fuel, ...host.outputs(false) }
    }
    return { ...end, fuelUsed: used, ...host.outputs(end.kind === 'exit') }
  } finally {
    host.dispose()
  }
}

const attempt = (start: () => number, meters: Meters): Ending | Omit<GuestFailure, 'fuelUsed'> => {
  try {
    return exited(start())
  } catch (error) {
    return explain(error, meters)
  }
}

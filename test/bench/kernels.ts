// Small programs with and without metering, in a process with the flags that children get. Their sources are beside them; kernels/build.sh builds them.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareModule } from '../../node/adapters/wasm/module/index.ts'
import { type Figure, geometricMean, type Measured } from './harness.ts'
import { KERNELS, type KernelTimes } from './kernels/measure.ts'

const GOAL_METERED = 1.15
const GOAL_WITH_NANS = 1.3
const GOAL_MB_PER_SECOND = 40
const METER_RUNS = 5

const METERED = 'kernels, fuel and stack, geometric mean'
const WITH_NANS = 'kernels, with NaN rules, geometric mean'
const SPEED = 'metering, code read'

/** What `benchKernels` measures. */
export const kernelFigures: readonly Figure[] = [
  ...KERNELS.map(({ name }) => ({
    name: `${name}, metered over unmetered`,
    unit: 'ms',
    goal: null,
  })),
  { name: METERED, unit: 'x', goal: { bound: 'at-most', limit: GOAL_METERED } },
  { name: WITH_NANS, unit: 'x', goal: { bound: 'at-most', limit: GOAL_WITH_NANS } },
  { name: SPEED, unit: 'MB/s', goal: { bound: 'at-least', limit: GOAL_MB_PER_SECOND } },
]

const measureKernels = (): KernelTimes[] => {
  const script = join(import.meta.dirname, 'kernels', 'measure.ts')
  const flags = ['--experimental-wasm-branch-hinting', script, 'measure']
  const run = spawnSync(process.execPath, flags, { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`the kernels did not run: ${run.stderr}`)
  return JSON.parse(run.stdout) as KernelTimes[]
}

const cpuMs = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

// Time of this process alone, without the two validations by the engine: those are its own work.
const meteringSpeed = (): number => {
  const path = import.meta.resolve('@esbuild/wasi-preview1/esbuild.wasm')
  const bytes = new Uint8Array(readFileSync(fileURLToPath(path)))
  let best = 0
  for (let run = 0; run < METER_RUNS; run++) {
    const made: { metered?: Uint8Array | null; codeBytes?: number } = {}
    const whole = cpuMs(() => {
      const { metered, inspection } = prepareModule(bytes, { memoryPages: 4_096 })
      Object.assign(made, { metered, codeBytes: inspection.codeBytes })
    })
    const validation = cpuMs(() => {
      WebAssembly.validate(bytes)
      WebAssembly.validate(made.metered as Uint8Array<ArrayBuffer>)
    })
    best = Math.max(best, (made.codeBytes ?? 0) / 1000 / (whole - validation))
  }
  return best
}

/** Measures what metering costs the kernels, and how fast it is done. */
export const benchKernels = async (
  progress: (line: string) => void = () => undefined,
): Promise<Readonly<Record<string, Measured>>> => {
  const measured: Record<string, Measured> = {}
  progress('kernels: each compiled four times and run 30 times, the quickest of each kind counts')
  const times = measureKernels()
  for (const { name, plain, withNans } of times) {
    measured[`${name}, metered over unmetered`] = { value: withNans, baseline: plain }
  }
  const mean = (kind: 'metered' | 'withNans') => ({
    value: geometricMean(times.map((row) => row[kind] / row.plain)),
  })
  measured[METERED] = mean('metered')
  measured[WITH_NANS] = mean('withNans')
  progress('metering: esbuild, five times')
  measured[SPEED] = { value: meteringSpeed() }
  return measured
}

// Programs that tell how fast this machine works, by kind of work, and the clock beside them. Their sources stand beside them.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../../../protocols/common/index.ts'
import { DEFAULT_LIMITS } from '../../../../protocols/execution/index.ts'
import type { Sandbox } from '../../../ports/index.ts'

/** One kind of work on one worker while all workers do it: fuel of a run, its seconds, fuel per second. */
export type KernelSpeed = {
  name: string
  about: string
  fuel: bigint
  seconds: number
  fuelPerSecond: number
}

const KERNELS: readonly { name: string; about: string }[] = [
  { name: 'mixing', about: 'arithmetic on whole numbers, as in hashing' },
  { name: 'matrix', about: 'floating point over rows and columns' },
  { name: 'sorting', about: 'comparisons and branches over 800 KB' },
  { name: 'calling', about: 'calls that nest' },
  { name: 'chasing', about: 'reads that wait for memory, over 16 MiB' },
]

const ROUNDS = 3

const median = (samples: readonly number[]): number =>
  [...samples].sort((one, other) => one - other)[Math.floor(samples.length / 2)] ?? Number.NaN

const runOnce = async (sandbox: Pick<Sandbox, 'run'>, module: Uint8Array) => {
  const input = {
    args: [],
    env: {},
    stdin: new Uint8Array(),
    files: new Map<string, Uint8Array>(),
    outputs: [],
    seed: new Uint8Array(32),
  }
  const job = { module, input, limits: DEFAULT_LIMITS, sliceFuel: DEFAULT_LIMITS.fuel }
  const { outcome, wallMs } = await sandbox.run(job, { onSlice: async () => 'continue' })
  if (outcome.kind !== 'exit') {
    throw new Fault('CALIBRATION_FAILED', `the machine failed its own work: ${outcome.kind}`)
  }
  return { fuel: outcome.fuelUsed, milliseconds: wallMs }
}

/** Runs every kind of work on all workers at once, a few times, and tells the speed of each as it is known. */
export const measureSpeeds = async (
  sandbox: Pick<Sandbox, 'run'>,
  { workers, onSpeed }: { workers: number; onSpeed: (speed: KernelSpeed) => void },
): Promise<readonly KernelSpeed[]> => {
  const speeds: KernelSpeed[] = []
  for (const { name, about } of KERNELS) {
    const module = await readFile(join(import.meta.dirname, 'kernels', `${name}.wasm`))
    const times: number[] = []
    let fuel = 0n
    // The first round finds the children cold, as a sold task does: it counts like the others.
    for (let round = 0; round < ROUNDS; round++) {
      const runs = await Promise.all(
        Array.from({ length: workers }, () => runOnce(sandbox, module)),
      )
      fuel = runs[0]?.fuel ?? 0n
      times.push(...runs.map(({ milliseconds }) => milliseconds))
    }
    const seconds = median(times) / 1_000
    const speed = { name, about, fuel, seconds, fuelPerSecond: Number(fuel) / seconds }
    onSpeed(speed)
    speeds.push(speed)
  }
  return speeds
}

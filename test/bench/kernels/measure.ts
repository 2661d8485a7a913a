// node measure.ts measure: prints the quickest run of each kernel, in ms: as it is, metered without and with the rules for NaNs.
import { readFileSync } from 'node:fs'
import { ADDED_EXPORTS, prepareModule } from '../../../node/adapters/wasm/module/index.ts'
import { wrapHook } from '../../../node/adapters/wasm/runner/hook.ts'

/** `size`: work of about three milliseconds. */
export const KERNELS = [
  { name: 'sha256', size: 12 },
  { name: 'mandelbrot', size: 24 },
  { name: 'matrix', size: 8 },
  { name: 'fib', size: 200 },
  { name: 'sieve', size: 6 },
  { name: 'sort', size: 2 },
  { name: 'interpreter', size: 10 },
  { name: 'nbody', size: 50 },
] as const

export type KernelTimes = { name: string; plain: number; metered: number; withNans: number }

const ROUNDS = 30
const COMPILATIONS = 4
const WARM_UPS = 40
const STACK_UNITS = 65_536
const NOP = 0x01

// The repair of a double: tee, the canonical NaN, get, get, equal, select. Its local is any number of one or two bytes.
const CANONICAL = [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]

// Turns repairs into nothing, to tell what they cost.
const withoutRepairs = (metered: Uint8Array): Uint8Array => {
  const bytes = Buffer.from(metered)
  const pattern = Buffer.from(CANONICAL)
  for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
    const width = bytes[at - 2] === 0x22 ? 1 : 2
    const tail = at + CANONICAL.length + 2 * (1 + width)
    const isRepair =
      bytes[at - width - 1] === 0x22 && bytes[tail] === 0x61 && bytes[tail + 1] === 0x1b
    if (isRepair) bytes.fill(NOP, at - width - 1, tail + 2)
  }
  return bytes
}

type Runner = { begin(): void; run(size: number): number }

// The same module under another name, so that it is compiled again: what a compiler inlines depends on when it comes to it.
const renamed = (bytes: Uint8Array, name: number): Uint8Array =>
  Uint8Array.from([...bytes, 0, 3, 1, 0x61, name])

const instantiate = (bytes: Uint8Array): Runner => {
  const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
  const { exports } = new WebAssembly.Instance(module)
  const run = exports.run as (size: number) => number
  const fuel = exports[ADDED_EXPORTS.fuel] as WebAssembly.Global<'i64'> | undefined
  const stack = exports[ADDED_EXPORTS.stack] as WebAssembly.Global<'i32'> | undefined
  if (!fuel || !stack) return { begin: () => undefined, run }
  const refuel = () => {
    fuel.value = 1n << 60n
  }
  ;(exports[ADDED_EXPORTS.hooks] as WebAssembly.Table).set(0, wrapHook(refuel))
  const begin = () => {
    refuel()
    stack.value = STACK_UNITS
  }
  return { begin, run }
}

const timed = (runner: Runner, size: number): { milliseconds: number; value: number } => {
  runner.begin()
  const begun = process.hrtime.bigint()
  const value = runner.run(size)
  return { milliseconds: Number(process.hrtime.bigint() - begun) / 1e6, value }
}

const measure = async ({ name, size }: (typeof KERNELS)[number]): Promise<KernelTimes> => {
  const bytes = new Uint8Array(readFileSync(new URL(`./${name}.wasm`, import.meta.url)))
  const { metered } = prepareModule(bytes, { memoryPages: 64 })
  if (!metered) throw new Error(`${name} is refused`)
  const kinds = [bytes, withoutRepairs(metered), metered]
  const names = Array.from({ length: COMPILATIONS }, (_, index) => index)
  const runners = kinds.flatMap((kind) => names.map((index) => instantiate(renamed(kind, index))))
  for (const runner of runners) for (let i = 0; i < WARM_UPS; i++) timed(runner, 1)
  // Compilers work beside this thread: they get a moment.
  await new Promise((resolve) => setTimeout(resolve, 200))
  const best = kinds.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < ROUNDS; round++) {
    const values = runners.map((runner, index) => {
      const { milliseconds, value } = timed(runner, size)
      const kind = Math.floor(index / COMPILATIONS)
      best[kind] = Math.min(best[kind] as number, milliseconds)
      return value
    })
    if (new Set(values).size !== 1) throw new Error(`${name} gives different results`)
  }
  const [plain = 0, without = 0, withNans = 0] = best
  return { name, plain, metered: without, withNans }
}

if (process.argv[2] === 'measure') {
  const times: KernelTimes[] = []
  for (const kernel of KERNELS) times.push(await measure(kernel))
  process.stdout.write(JSON.stringify(times))
}

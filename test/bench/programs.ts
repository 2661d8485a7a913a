// Real programs with and without metering, one run after the other in this process, and as native code where there is a compiler for it.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareModule, WASI_MODULE } from '../../node/adapters/wasm/module/index.ts'
import { runGuest } from '../../node/adapters/wasm/runner/index.ts'
import { createSoukHost, GuestExit } from '../../node/adapters/wasm/wasi/index.ts'
import { guestLimitsOf } from '../../protocols/execution/index.ts'
import {
  buildNativeLua,
  buildNativeSqlite,
  canCompileNative,
  PROGRAMS,
  type Program,
} from '../wasm/programs/index.ts'
import { type Figure, geometricMean, type Measured } from './harness.ts'

const NAMES = ['lua', 'sqlite', 'esbuild'] as const
type Name = (typeof NAMES)[number]
const NATIVE: Partial<Record<Name, (output: string) => Promise<void>>> = {
  lua: buildNativeLua,
  sqlite: buildNativeSqlite,
}

/** Runs of each kind; the quickest counts: everything that disturbs only makes a run slower. */
const RUNS = 7
const MIB = 2 ** 20

const hasNative = canCompileNative()

/** What `benchPrograms` measures. */
export const programFigures: readonly Figure[] = [
  ...NAMES.map((name) => ({ name: `${name}, metered over unmetered`, unit: 'ms', goal: null })),
  { name: 'programs, geometric mean', unit: 'x', goal: { bound: 'at-most', limit: 1.3 } },
  ...NAMES.map((name) => ({ name: `${name}, judge and meter`, unit: 'MB/s', goal: null })),
  ...NAMES.map((name) => ({ name: `${name}, compile`, unit: 'ms', goal: null })),
  ...(!hasNative
    ? []
    : Object.keys(NATIVE).map((name) => ({
        name: `${name}, metered over clang -O2`,
        unit: 'ms',
        goal: null,
      }))),
]

const timed = <T>(work: () => T): [milliseconds: number, value: T] => {
  const begun = performance.now()
  const value = work()
  return [performance.now() - begun, value]
}

const inputOf = ({ args, stdin, files, outputs, limits }: Program) => ({
  args,
  env: {},
  stdin,
  files,
  outputs,
  seed: new Uint8Array(32),
  limits: guestLimitsOf(limits),
})

const compile = (bytes: Uint8Array) => new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)

const runMetered = (module: WebAssembly.Module, program: Program): void => {
  const { limits, ...input } = inputOf(program)
  const hooks = {
    onSlice: () => 'continue' as const,
    onBeat: () => undefined,
    createHost: createSoukHost,
  }
  const ending = runGuest({ module, input, limits, sliceFuel: limits.fuel }, hooks)
  if (ending.kind !== 'exit') throw new Error(`${program.name} ended by ${ending.kind}`)
}

// The same host, whose own charges still move the clock; nobody counts what the code itself does.
const runPlain = (module: WebAssembly.Module, program: Program): void => {
  let charged = 0n
  const meter = {
    used: () => charged,
    charge: (fuel: number) => {
      charged += BigInt(fuel)
    },
  }
  const host = createSoukHost(inputOf(program), meter)
  const functions = host.functions(module) as WebAssembly.ModuleImports
  try {
    host.start(new WebAssembly.Instance(module, { [WASI_MODULE]: functions }))
  } catch (error) {
    if (!(error instanceof GuestExit) || error.code !== 0) throw error
  } finally {
    host.dispose()
  }
}

const runNative = async (name: Name, program: Program): Promise<number | null> => {
  const build = NATIVE[name]
  if (!hasNative || !build) return null
  const folder = await mkdtemp(join(tmpdir(), 'souk-native-'))
  try {
    const binary = join(folder, name)
    await build(binary)
    const times = []
    for (let run = 0; run < RUNS; run++) {
      for (const [path, bytes] of program.files) await writeFile(join(folder, path), bytes)
      for (const path of program.outputs) await rm(join(folder, path), { force: true })
      const options = { cwd: folder, input: program.stdin }
      const [time, { status }] = timed(() => spawnSync(binary, program.args.slice(1), options))
      if (status !== 0) throw new Error(`${name} as native code ended with ${status}`)
      times.push(time)
    }
    return Math.min(...times)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const benchProgram = async (name: Name): Promise<Record<string, Measured>> => {
  const program = await (PROGRAMS[name] as () => Promise<Program>)()
  const bytes = await program.module()
  const rules = { memoryPages: program.limits.memoryPages }
  const { metered, inspection } = prepareModule(bytes, rules)
  const prepares = Array.from({ length: 3 }, () => timed(() => prepareModule(bytes, rules))[0])
  if (!metered) throw new Error(`${name} is refused`)
  const [compileMs, module] = timed(() => compile(metered))
  const [plainCompileMs, plain] = timed(() => compile(bytes))
  const best = { metered: Number.POSITIVE_INFINITY, plain: Number.POSITIVE_INFINITY }
  for (let run = 0; run < RUNS; run++) {
    best.plain = Math.min(best.plain, timed(() => runPlain(plain, program))[0])
    best.metered = Math.min(best.metered, timed(() => runMetered(module, program))[0])
  }
  const native = await runNative(name, program)
  const fastest = Math.min(...prepares)
  return {
    [`${name}, metered over unmetered`]: { value: best.metered, baseline: best.plain },
    [`${name}, judge and meter`]: { value: inspection.codeBytes / MIB / (fastest / 1_000) },
    [`${name}, compile`]: { value: compileMs, baseline: plainCompileMs },
    ...(native !== null && {
      [`${name}, metered over clang -O2`]: { value: best.metered, baseline: native },
    }),
  }
}

/** Measures all of `programFigures`. The first run builds the programs. */
export const benchPrograms = async (
  progress: (line: string) => void,
): Promise<Readonly<Record<string, Measured>>> => {
  const measured: Record<string, Measured> = {}
  for (const name of NAMES) {
    progress(`programs: ${name}`)
    Object.assign(measured, await benchProgram(name))
  }
  const ratios = NAMES.map((name) => {
    const { value, baseline = Number.NaN } = measured[`${name}, metered over unmetered`] as Measured
    return value / baseline
  })
  return { ...measured, 'programs, geometric mean': { value: geometricMean(ratios) } }
}

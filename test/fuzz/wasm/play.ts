import { createHash } from 'node:crypto'
import { HOOK, meterModule } from '../../../node/adapters/wasm/module/index.ts'
import { wrapHook } from '../../../node/adapters/wasm/runner/hook.ts'
import { type ImportedGlobal, meterNaively, NAIVE_FUEL } from './naive-meter.ts'

// Calls every export of a module one after the other and writes down all that can be seen.

/** How one call ended. `fuel` is what the call used; 0 where nobody counts. */
export type Ending = {
  name: string
  how: 'returned' | 'trapped' | 'overflowed'
  value: string
  fuel: bigint
}

/** `state`: hash of what the host was told, and of exported memory and globals. */
export type Play = { endings: Ending[]; state: string }

type Meter = { begin(): void; used(): bigint; hasOverflowed(): boolean }

const FUEL = 1n << 60n
const STACK_UNITS = 65_536
const TYPES: Readonly<Record<number, string>> = {
  127: 'i32',
  126: 'i64',
  125: 'f32',
  124: 'f64',
  123: 'v128',
  112: 'anyfunc',
  111: 'externref',
}
const I64 = 126
const V128 = 123
const REFERENCES = [112, 111]
const PAGES = 65_536

const initialOf = (type: number, index: number): unknown => {
  if (type === I64) return BigInt(index * 7)
  return REFERENCES.includes(type) ? null : index * 3
}

const makeGlobal = ({ type, mutable }: ImportedGlobal, index: number): WebAssembly.Global => {
  const value = TYPES[type] as keyof WebAssembly.ValueTypeMap
  if (type === V128) return new WebAssembly.Global({ value, mutable })
  return new WebAssembly.Global({ value, mutable }, initialOf(type, index) as never)
}

const importsOf = (
  module: WebAssembly.Module,
  globals: readonly ImportedGlobal[],
  log: string[],
) => {
  const imports: Record<string, WebAssembly.ModuleImports> = {}
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const space = imports[from] ?? {}
    imports[from] = space
    if (kind === 'function') {
      space[name] = (...given: unknown[]) => {
        log.push(`${name} ${given.map(textOf).join(' ')}`)
      }
    } else if (kind === 'table') {
      space[name] = new WebAssembly.Table({ element: 'anyfunc', initial: 64 })
    } else if (kind === 'memory') space[name] = new WebAssembly.Memory({ initial: 1 })
  }
  for (const [index, global] of globals.entries()) {
    const made = { [global.name]: makeGlobal(global, index) }
    imports[global.module] = { ...imports[global.module], ...made }
  }
  return imports
}

const view = new DataView(new ArrayBuffer(8))
const textOf = (value: unknown): string => {
  if (typeof value === 'function') return 'function'
  if (typeof value !== 'number') return String(value)
  if (Number.isNaN(value)) return 'nan'
  view.setFloat64(0, value)
  return view.getBigUint64(0).toString(16)
}

const meterOf = (exports: WebAssembly.Exports): Meter => {
  const fuel = exports['souk:fuel'] as WebAssembly.Global<'i64'> | undefined
  const naive = exports[NAIVE_FUEL] as WebAssembly.Global<'i64'> | undefined
  const stack = exports['souk:stack'] as WebAssembly.Global<'i32'> | undefined
  if (fuel && stack) {
    const hook = wrapHook((reason) => {
      throw new Error(reason === HOOK.refuel ? 'out of fuel' : 'memory was refused')
    })
    ;(exports['souk:hooks'] as WebAssembly.Table).set(0, hook)
  }
  return {
    begin: () => {
      if (fuel) fuel.value = FUEL
      if (stack) stack.value = STACK_UNITS
      if (naive) naive.value = 0n
    },
    used: () => {
      if (fuel) return FUEL - fuel.value
      return naive ? -naive.value : 0n
    },
    hasOverflowed: () => stack !== undefined && stack.value < 0,
  }
}

const howItEnded = (error: unknown, meter: Meter): Ending['how'] => {
  if (error instanceof RangeError || meter.hasOverflowed()) return 'overflowed'
  if (error instanceof WebAssembly.RuntimeError || error instanceof TypeError) return 'trapped'
  throw error
}

const stateOf = (exports: WebAssembly.Exports, log: readonly string[]): string => {
  const hash = createHash('sha256').update(log.join('\n'))
  for (const [name, value] of Object.entries(exports)) {
    if (value instanceof WebAssembly.Memory) hash.update(new Uint8Array(value.buffer))
    if (value instanceof WebAssembly.Global && !name.includes(':')) hash.update(globalText(value))
  }
  return hash.digest('hex')
}

const globalText = (global: WebAssembly.Global): string => {
  try {
    return textOf(global.value)
  } catch {
    return 'a vector'
  }
}

const play = (bytes: Uint8Array, source: Uint8Array): Play => {
  const { functions, globals } = meterNaively(source)
  const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
  const log: string[] = []
  const { exports } = new WebAssembly.Instance(module, importsOf(module, globals, log))
  const meter = meterOf(exports)
  const endings: Ending[] = []
  for (const [name, { parameters, results }] of functions) {
    if ([...parameters, ...results].includes(V128)) continue
    const call = exports[name] as (...given: unknown[]) => unknown
    meter.begin()
    try {
      const value = textOf(call(...parameters.map(initialOf)))
      endings.push({ name, how: 'returned', value, fuel: meter.used() })
    } catch (error) {
      const how = howItEnded(error, meter)
      endings.push({ name, how, value: '', fuel: meter.used() })
      if (how === 'overflowed') break
    }
  }
  return { endings, state: stateOf(exports, log) }
}

export const playOriginal = (source: Uint8Array): Play => play(source, source)
export const playNaive = (source: Uint8Array): Play => play(meterNaively(source).bytes, source)

/** Null where the module is refused. */
export const playMetered = (source: Uint8Array): Play | null => {
  const { metered } = meterModule(source, { memoryPages: PAGES })
  return metered && play(metered, source)
}

/** All of a play in a few characters. */
export const digestOf = ({ endings, state }: Play): string => {
  const lines = endings.map(({ name, how, value, fuel }) => `${name} ${how} ${value} ${fuel}`)
  return createHash('sha256')
    .update([...lines, state].join('\n'))
    .digest('hex')
    .slice(0, 32)
}

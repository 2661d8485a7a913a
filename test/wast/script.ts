import { HOOK } from '../../node/adapters/wasm/module/index.ts'
import { wrapHook } from '../../node/adapters/wasm/runner/hook.ts'
import { compileWat } from '../fixtures/wasm/wat.ts'
import { bytesOfString, type Form, headOf, isForm, readForms, textOfString } from './expressions.ts'
import { typeOfConstant, wrapperText } from './wrapper.ts'

/** What became of a command: it held, it did not, or it could not be tried. */
export type Outcome = { kind: 'held' | 'failed' | 'untried'; detail: string }

export type Script = { name: string; text: string }

const STACK_UNITS = 65_536
const FUEL = 1n << 60n
const EXHAUSTED = /call stack|stack/i

class Untried extends Error {}

const compiled = new Map<string, Uint8Array>()
const compileOnce = (text: string): Uint8Array => {
  const known = compiled.get(text)
  if (known) return known
  const bytes = compileWat(text)
  compiled.set(text, bytes)
  return bytes
}

const print = (): void => undefined
const spectest = (): WebAssembly.ModuleImports => ({
  print,
  print_i32: print,
  print_i64: print,
  print_f32: print,
  print_f64: print,
  print_i32_f32: print,
  print_f64_f64: print,
  global_i32: new WebAssembly.Global({ value: 'i32' }, 666),
  global_i64: new WebAssembly.Global({ value: 'i64' }, 666n),
  global_f32: new WebAssembly.Global({ value: 'f32' }, 666.6),
  global_f64: new WebAssembly.Global({ value: 'f64' }, 666.6),
  table: new WebAssembly.Table({ element: 'anyfunc', initial: 10, maximum: 20 }),
  memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
})

const moduleBytes = (form: Form, text: string): Uint8Array => {
  const strings = form.items.filter((item): item is string => String(item).startsWith('"'))
  const isNamed = typeof form.items[1] === 'string' && form.items[1].startsWith('$')
  const format = form.items[isNamed ? 2 : 1]
  if (format === 'binary') return Uint8Array.from(strings.flatMap(bytesOfString))
  if (format === 'quote') return compileOnce(`(module ${strings.map(textOfString).join(' ')})`)
  if (format === 'definition' || format === 'instance') throw new Untried('no such form of module')
  return compileOnce(text.slice(form.from, form.to))
}

/** Turns a module into what runs; null if it is refused. */
export type Prepare = (bytes: Uint8Array) => Uint8Array | null

const asModule = (bytes: Uint8Array): WebAssembly.Module =>
  new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)

/** One run through a script, with modules as they are or prepared. */
class ScriptRun {
  private readonly prepare: Prepare
  private readonly text: string
  private readonly registered = new Map<string, WebAssembly.Exports>()
  private readonly named = new Map<string, WebAssembly.Exports>()
  private readonly meters: WebAssembly.Exports[] = []
  private current: WebAssembly.Exports | null = null
  private readonly host = spectest()

  constructor(text: string, prepare: Prepare) {
    this.text = text
    this.prepare = prepare
  }

  command(form: Form): void {
    const [, first] = form.items
    switch (headOf(form)) {
      case 'module':
        this.define(form)
        return
      case 'register':
        this.registered.set(textOfString(String(first)), this.instance(form.items[2]))
        return
      case 'invoke':
      case 'get':
        this.act(form)
        return
      case 'assert_return':
        this.expectResults(first as Form, form.items.slice(2).filter(isForm))
        return
      case 'assert_trap':
      case 'assert_exhaustion':
      case 'assert_unlinkable':
        this.expectEnd(headOf(form), first as Form)
        return
      case 'assert_invalid':
      case 'assert_malformed':
        this.expectRefusal(first as Form)
        return
      default:
        throw new Untried(headOf(form))
    }
  }

  private define(form: Form): void {
    this.current = null
    const exports = this.instantiate(form)
    this.current = exports
    const [, name] = form.items
    if (typeof name === 'string' && name.startsWith('$')) this.named.set(name, exports)
  }

  private instantiate(form: Form): WebAssembly.Exports {
    const bytes = this.prepare(moduleBytes(form, this.text))
    if (!bytes) throw new Untried('refused')
    const imports: WebAssembly.Imports = { spectest: this.host }
    for (const [name, exports] of this.registered) imports[name] = exports
    const { exports } = new WebAssembly.Instance(asModule(bytes), imports)
    if (exports['souk:hooks']) {
      // An imported memory may be smaller than what its importer may ask for; here that is no failure of the host.
      const refuel = wrapHook((reason) => {
        if (reason === HOOK.refuel) throw new Error('out of fuel')
      })
      ;(exports['souk:hooks'] as WebAssembly.Table).set(0, refuel)
      this.meters.push(exports)
    }
    return exports
  }

  private instance(name: Form | string | undefined): WebAssembly.Exports {
    const found = typeof name === 'string' ? this.named.get(name) : this.current
    if (!found) throw new Untried('its module could not be made')
    return found
  }

  private fill(): void {
    for (const exports of this.meters) {
      ;(exports['souk:fuel'] as WebAssembly.Global<'i64'>).value = FUEL
      ;(exports['souk:stack'] as WebAssembly.Global<'i32'>).value = STACK_UNITS
    }
  }

  private parts(action: Form) {
    const isNamed = String(action.items[1]).startsWith('$')
    const exports = this.instance(isNamed ? action.items[1] : undefined)
    const field = textOfString(String(action.items[isNamed ? 2 : 1]))
    return { exports, field, given: action.items.slice(isNamed ? 3 : 2).filter(isForm) }
  }

  private act(action: Form): unknown {
    const { exports, field, given } = this.parts(action)
    if (headOf(action) === 'get') return (exports[field] as WebAssembly.Global).value
    this.fill()
    return (exports[field] as (...all: unknown[]) => unknown)(...given.map(constantOf))
  }

  private expectResults(action: Form, results: readonly Form[]): void {
    const { exports, field, given } = this.parts(action)
    const isPlain = [...given, ...results].every((form) => typeOfConstant(form) !== null)
    if (headOf(action) === 'get' || !isPlain) {
      expectSame(this.act(action), results)
      return
    }
    const bytes = compileOnce(wrapperText({ field, arguments: given, results }))
    const wrapper = new WebAssembly.Instance(asModule(bytes), { m: exports }).exports.t
    this.fill()
    if ((wrapper as () => number)() !== 1) throw new Error('another result')
  }

  private expectEnd(how: string, action: Form): void {
    try {
      if (headOf(action) === 'module') this.instantiate(action)
      else this.act(action)
    } catch (error) {
      if (error instanceof Untried || error instanceof TypeError)
        throw new Untried('not to be called from here', { cause: error })
      if (how === 'assert_trap' && !(error instanceof WebAssembly.RuntimeError)) throw error
      if (how === 'assert_exhaustion') expectExhaustion(error, this.meters)
      return
    }
    throw new Error('it went on')
  }

  private expectRefusal(form: Form): void {
    const bytes = moduleBytes(form, this.text)
    if (WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) throw new Untried('valid by now')
    if (this.prepare(bytes) !== null) throw new Error('an invalid module was accepted')
  }
}

const expectExhaustion = (error: unknown, meters: readonly WebAssembly.Exports[]): void => {
  const isBelow = meters.some(
    (exports) => (exports['souk:stack'] as WebAssembly.Global<'i32'>).value < 0,
  )
  if (!isBelow && !EXHAUSTED.test(String(error))) throw error
}

const constantOf = (form: Form): unknown => {
  const text = String(form.items[1] ?? '').replaceAll('_', '')
  switch (headOf(form)) {
    case 'i32.const':
      return Number(BigInt.asIntN(32, readInteger(text)))
    case 'i64.const':
      return BigInt.asIntN(64, readInteger(text))
    case 'ref.null':
      return null
    case 'ref.extern':
      return Number(text)
    default:
      if (/^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(text)) return Number(text)
      throw new Untried(`a ${headOf(form)} of ${text}`)
  }
}

const readInteger = (text: string): bigint =>
  text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text.replace('+', ''))

const expectSame = (found: unknown, results: readonly Form[]): void => {
  const all = results.length > 1 ? (found as unknown[]) : [found]
  for (const [index, form] of results.entries()) {
    const isFunction = headOf(form) === 'ref.func' && typeof all[index] === 'function'
    if (!isFunction && !Object.is(all[index], constantOf(form))) throw new Error('another result')
  }
}

/** Runs a script's commands one after the other. */
export const runScript = (text: string, prepare: Prepare): Outcome[] => {
  const run = new ScriptRun(text, prepare)
  return readForms(text).map((form) => {
    try {
      run.command(form)
      return { kind: 'held', detail: '' }
    } catch (error) {
      const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      return { kind: error instanceof Untried ? 'untried' : 'failed', detail }
    }
  })
}

// Ruby and Perl for the web are reactors: libraries for a page, without the start of a command and with imports from the page. They may not run
// as tasks, and that must be all that is said against them; their code is metered like any other and valid afterwards.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { meterModule, prepareModule } from '../../../node/adapters/wasm/module/index.ts'
import { DEFAULT_LIMITS } from '../../../protocols/execution/index.ts'
import { fetchPackage } from '../sources/index.ts'
import type { Tally } from '../tally.ts'

type Reactor = { package: 'ruby' | 'perl'; path: string }

const REACTORS: readonly Reactor[] = [
  { package: 'ruby', path: join('dist', 'ruby.wasm') },
  { package: 'perl', path: join('dist', 'esm', 'zeroperl.wasm') },
]

const OF_REACTORS = ['IMPORT_UNKNOWN', 'START_MISSING']
const MIB = 2 ** 20
const rules = { memoryPages: DEFAULT_LIMITS.memoryPages }

const judge = async ({ package: name, path }: Reactor): Promise<string> => {
  const module = new Uint8Array(await readFile(join(await fetchPackage(name), path)))
  const { faults } = prepareModule(module, rules).inspection
  const others = faults.filter(({ code }) => !OF_REACTORS.includes(code))
  if (others.length > 0) throw new Error(JSON.stringify(others.slice(0, 5)))
  if (!faults.some(({ code }) => code === 'START_MISSING')) throw new Error('it is no reactor')
  const { inspection, metered } = meterModule(module, rules)
  if (!metered) throw new Error(JSON.stringify(inspection.faults.slice(0, 5)))
  if (!WebAssembly.validate(metered as Uint8Array<ArrayBuffer>)) throw new Error('not valid')
  const { codeBytes, functions } = inspection
  const growth = (metered.length / module.length).toFixed(2)
  return `${(codeBytes / MIB).toFixed(1)} MiB of code in ${functions} functions judged and metered, ${growth} times the size`
}

/** Judges and meters the reactors. */
export const runReactors = async (tally: Tally): Promise<void> => {
  for (const reactor of REACTORS) {
    try {
      tally.say(`${reactor.package}: ${await judge(reactor)}`)
      tally.passed += 1
    } catch (error) {
      tally.fail(reactor.package, error)
    }
  }
}

// Ruby and Perl for the web are reactors: libraries for a page, without the start of a command and with imports from the page. They may not run
// as tasks, and that must be all that is said against them: everything else of them is judged, metered, and valid once metered.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSandbox } from '../../../node/adapters/wasm/index.ts'
import type { Sandbox } from '../../../node/ports/index.ts'
import { fetchPackage } from '../sources/index.ts'
import type { Tally } from '../tally.ts'

type Reactor = { package: 'ruby' | 'perl'; path: string }

const REACTORS: readonly Reactor[] = [
  { package: 'ruby', path: join('dist', 'ruby.wasm') },
  { package: 'perl', path: join('dist', 'esm', 'zeroperl.wasm') },
]

const OF_REACTORS = ['IMPORT_UNKNOWN', 'START_MISSING']
const MIB = 2 ** 20

const judge = async (sandbox: Sandbox, { package: name, path }: Reactor): Promise<string> => {
  const module = await readFile(join(await fetchPackage(name), path))
  const { faults, codeBytes, functions } = await sandbox.inspect(module)
  const others = faults.filter(({ code }) => !OF_REACTORS.includes(code))
  if (others.length > 0) throw new Error(JSON.stringify(others.slice(0, 5)))
  if (!faults.some(({ code }) => code === 'START_MISSING')) throw new Error('it is no reactor')
  return `${(codeBytes / MIB).toFixed(1)} MiB of code in ${functions} functions judged and metered`
}

/** Judges and meters the reactors. */
export const runReactors = async (tally: Tally): Promise<void> => {
  const sandbox = createSandbox({}, { workers: 1, maxQueue: 1 })
  await sandbox.start()
  for (const reactor of REACTORS) {
    try {
      tally.say(`${reactor.package}: ${await judge(sandbox, reactor)}`)
      tally.passed += 1
    } catch (error) {
      tally.fail(reactor.package, error)
    }
  }
  await sandbox.stop()
}

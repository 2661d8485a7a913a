import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fetchSource, type SourceName } from './sources/index.ts'
import type { Tally } from './tally.ts'

/** Tests of others that a runner of ours takes by the folder. */
export type Corpus = { name: string; source: SourceName; folder: string; runner: string }

export const CORPORA: readonly Corpus[] = [
  { name: "Node's WASI programs", source: 'nodejs', folder: 'test', runner: 'wasi/node' },
  { name: 'WebAssembly specification', source: 'binaryen', folder: 'test/spec', runner: 'wast' },
]

const runners = join(import.meta.dirname, '..')

/** Runs one corpus in a process of its own and counts what it counted. */
export const runCorpus = async (tally: Tally, corpus: Corpus): Promise<void> => {
  const { name, source, folder, runner } = corpus
  const tests = join(await fetchSource(source), folder)
  const child = spawn(process.execPath, [join(runners, runner, 'run.ts'), tests], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  const [, passed = '0', failed = '0'] = /(\d+) passed, (\d+) failed/.exec(output) ?? []
  tally.say(`${name}: ${passed} passed, ${failed} failed`)
  tally.passed += Number(passed)
  tally.failed += Number(failed)
  // A runner that found nothing, or died, has not shown anything.
  if (code !== 0 && Number(failed) === 0) tally.fail(name, `ended with ${code}\n${output}`)
  else if (Number(failed) > 0) tally.say(output)
}

// Breaks the contracts on purpose, one line at a time as list.json says, in copies of the sources, and expects the tests to notice.
// `--sample N` takes N of them, always the same; other arguments are parts of the names of the mutants to run.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  copyCompiled,
  copySources,
  judge,
  type Mutant,
  removeSources,
  runTests,
  type Verdict,
} from './sources.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)
const rankOf = ({ name }: Mutant) => createHash('sha256').update(name).digest('hex')
const inSeconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(0)} s`

/** Spread over all names by their hashes: a new mutant does not change which others are taken. */
const sampleOf = (mutants: readonly Mutant[], size: number): Mutant[] =>
  mutants.toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1)).slice(0, size)

const chooseFrom = (all: readonly Mutant[]): Mutant[] => {
  const { values, positionals } = parseArgs({
    options: { sample: { type: 'string' } },
    allowPositionals: true,
  })
  const named = all.filter(
    ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
  )
  const chosen = values.sample === undefined ? named : sampleOf(named, Number(values.sample))
  // One part of the contracts after another, so that less is compiled anew.
  return chosen.toSorted((a, b) => (a.tests < b.tests ? -1 : Number(a.tests > b.tests)))
}

/** Tests that fail already would kill every mutant. */
const requireSoundTests = async (folder: string, mutants: readonly Mutant[]) => {
  for (const tests of new Set(mutants.map((mutant) => mutant.tests))) {
    const started = Date.now()
    const { passed, text } = await runTests(folder, tests)
    if (!passed) throw new Error(`the tests fail without a mutant: ${tests}\n${text}`)
    say(`${tests} passes without a mutant in ${inSeconds(started)}`)
  }
}

const judgeAll = async (folders: readonly string[], mutants: readonly Mutant[]) => {
  const verdicts: Verdict[] = []
  const waiting = mutants.values()
  const work = async (folder: string) => {
    for (const mutant of waiting) {
      const started = Date.now()
      const verdict = await judge(folder, mutant)
      const count = `${verdicts.push(verdict)} of ${mutants.length}`
      say(`${count}: ${verdict} in ${inSeconds(started)}: ${mutant.name} (${mutant.file})`)
    }
  }
  await Promise.all(folders.map(work))
  return verdicts
}

const chosen = chooseFrom(
  JSON.parse(readFileSync(join(import.meta.dirname, 'list.json'), 'utf8')) as Mutant[],
)
const folders = [copySources()]
try {
  const [first] = folders as [string]
  await requireSoundTests(first, chosen)
  while (folders.length < Math.min(availableParallelism(), chosen.length)) {
    folders.push(copyCompiled(first))
  }
  const verdicts = await judgeAll(folders, chosen)
  const killed = verdicts.filter((verdict) => verdict === 'killed').length
  say(`${killed} of ${chosen.length} mutants killed`)
  process.exitCode = killed === chosen.length && chosen.length > 0 ? 0 : 1
} finally {
  for (const folder of folders) removeSources(folder)
}

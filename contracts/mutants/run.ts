// Breaks the contracts on purpose, one line at a time as list.json says, in a copy of the sources, and expects the tests to notice.
// Arguments, if any, are parts of the names of the mutants to run.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One mutant: in `file`, `search` (found exactly once) becomes `replace`; `tests` is the glob of the tests that must notice. */
type Mutant = { name: string; file: string; search: string; replace: string; tests: string }
type Verdict = 'killed' | 'survived' | 'not compiled' | 'not found once'

const here = import.meta.dirname
const contracts = join(here, '..')
const forge = join(contracts, '../node_modules/.bin/forge')

const copySources = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-mutants-'))
  const copy = join(folder, 'contracts')
  mkdirSync(copy)
  for (const part of ['src', 'test', 'solc', 'foundry.toml']) {
    cpSync(join(contracts, part), join(copy, part), { recursive: true })
  }
  cpSync(join(contracts, '../test/vectors'), join(folder, 'test/vectors'), { recursive: true })
  symlinkSync(join(contracts, '../node_modules'), join(folder, 'node_modules'))
  return folder
}

const runTests = (folder: string, tests: string) => {
  const { status, stdout, stderr } = spawnSync(
    forge,
    ['test', '--fail-fast', '--match-path', tests],
    {
      cwd: join(folder, 'contracts'),
      env: { FOUNDRY_PROFILE: 'mutants', PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    },
  )
  // With --fail-fast, forge leaves with 0 though a test failed.
  const failed = stdout.includes('[FAIL')
  return { passed: status === 0 && !failed, failed, text: `${stdout}${stderr}` }
}

const judge = (folder: string, { file, search, replace, tests }: Mutant): Verdict => {
  const path = join(folder, 'contracts', file)
  const source = readFileSync(path, 'utf8')
  if (source.split(search).length !== 2) return 'not found once'
  writeFileSync(
    path,
    source.replace(search, () => replace),
  )
  try {
    const { passed, failed } = runTests(folder, tests)
    if (passed) return 'survived'
    return failed ? 'killed' : 'not compiled'
  } finally {
    writeFileSync(path, source)
  }
}

const all = JSON.parse(readFileSync(join(here, 'list.json'), 'utf8')) as Mutant[]
const wanted = process.argv.slice(2)
const chosen = all.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
)
const folder = copySources()
try {
  for (const tests of new Set(chosen.map((mutant) => mutant.tests))) {
    const { passed, text } = runTests(folder, tests)
    if (!passed) throw new Error(`the tests fail without a mutant: ${tests}\n${text}`)
  }
  const verdicts = chosen.map((mutant) => {
    const verdict = judge(folder, mutant)
    process.stdout.write(`${verdict}: ${mutant.name} (${mutant.file})\n`)
    return verdict
  })
  const killed = verdicts.filter((verdict) => verdict === 'killed').length
  process.stdout.write(`${killed} of ${chosen.length} mutants killed\n`)
  process.exitCode = killed === chosen.length ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

// A copy of the contracts that may be broken, and what their tests say of it.
import { spawn } from 'node:child_process'
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
export type Mutant = { name: string; file: string; search: string; replace: string; tests: string }
export type Verdict = 'killed' | 'survived' | 'not compiled' | 'not found once'
export type Tested = { passed: boolean; failed: boolean; text: string }

const contracts = join(import.meta.dirname, '..')
const forge = join(contracts, '../node_modules/.bin/forge')

/** The sources with all they need to be compiled, in a folder of their own; the caller removes it. */
export const copySources = (): string => {
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

/** Another copy, with everything that is compiled there already. */
export const copyCompiled = (from: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-mutants-'))
  cpSync(from, folder, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  return folder
}

export const removeSources = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true })

/** Runs the tests whose paths match the glob until one fails. */
export const runTests = (folder: string, tests: string): Promise<Tested> =>
  new Promise((resolve, reject) => {
    const child = spawn(forge, ['test', '--fail-fast', '--match-path', tests], {
      cwd: join(folder, 'contracts'),
      env: { FOUNDRY_PROFILE: 'mutants', PATH: '/usr/bin:/bin' },
    })
    let text = ''
    const keep = (chunk: Buffer) => {
      text += chunk
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', (code) => {
      // With --fail-fast, forge leaves with 0 though a test failed.
      const failed = text.includes('[FAIL')
      resolve({ passed: code === 0 && !failed, failed, text })
    })
  })

/** Breaks the copy, asks the tests, and mends it. */
export const judge = async (folder: string, mutant: Mutant): Promise<Verdict> => {
  const path = join(folder, 'contracts', mutant.file)
  const source = readFileSync(path, 'utf8')
  if (source.split(mutant.search).length !== 2) return 'not found once'
  writeFileSync(
    path,
    source.replace(mutant.search, () => mutant.replace),
  )
  try {
    const { passed, failed } = await runTests(folder, mutant.tests)
    if (passed) return 'survived'
    return failed ? 'killed' : 'not compiled'
  } finally {
    writeFileSync(path, source)
  }
}

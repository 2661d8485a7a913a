// Runs the suites one after another, says what each did, and ends with `N passed, N failed`. `--long` runs the long forms instead.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Suite = { name: string; command: string[]; count: (output: string) => Count }
type Count = { passed: number; failed: number }

const firstNumber = (pattern: RegExp, text: string): number => Number(pattern.exec(text)?.[1] ?? 0)

const mochaCount = (output: string): Count => ({
  passed: firstNumber(/^\s*(\d+) passing/m, output),
  failed: firstNumber(/^\s*(\d+) failing/m, output),
})
const forgeCount = (output: string): Count => ({
  passed: firstNumber(/(\d+) tests? passed/, output),
  failed: firstNumber(/passed, (\d+) failed/, output),
})
const mutantCount = (output: string): Count => {
  const killed = firstNumber(/^(\d+) of \d+ mutants killed/m, output)
  return { passed: killed, failed: firstNumber(/^\d+ of (\d+) mutants killed/m, output) - killed }
}
// The last line of a runner of ours.
const lineCount = (output: string): Count => {
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? []
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0) }
}
const simCount = (output: string): Count => ({
  passed: firstNumber(/(\d+) held/, output),
  failed: firstNumber(/(\d+) broken/, output),
})
// A suite without countable cases is one case: its exit code.
const noCount = (): Count => ({ passed: 0, failed: 0 })

const covered = (lines: number, name: string, files: string[]): string[] => [
  'c8',
  ...['--all', '--clean', '--check-coverage', '--lines', String(lines)],
  ...['--reporter', 'text-summary', '--temp-directory', `coverage/tmp-${name}`],
  ...['mocha', '--reporter', 'dot', ...files],
]

const suites: Suite[] = [
  { name: 'check', command: ['npm', 'run', '--silent', 'check:static'], count: noCount },
  {
    name: 'unit',
    command: covered(80, 'unit', ['test/unit/**/*.test.ts', 'test/architecture.test.ts']),
    count: mochaCount,
  },
  {
    name: 'integration',
    command: covered(70, 'integration', ['test/ports/**/*.test.ts', 'test/e2e/**/*.test.ts']),
    count: mochaCount,
  },
  {
    name: 'interop',
    command: ['mocha', '--reporter', 'dot', '--exit', 'test/interop/*.test.ts'],
    count: mochaCount,
  },
  { name: 'crash', command: ['npm', 'run', '--silent', 'test:crash'], count: mochaCount },
  { name: 'wasm', command: ['npm', 'run', '--silent', 'test:wasm'], count: lineCount },
  { name: 'contracts', command: ['npm', 'run', '--silent', 'contracts:test'], count: forgeCount },
  {
    name: 'mutants',
    command: ['npm', 'run', '--silent', 'contracts:mutants', '--', '--sample', '4'],
    count: mutantCount,
  },
  {
    name: 'simulations',
    command: ['npm', 'run', '--silent', 'sim', '--', 'market', '--agents', '30'],
    count: simCount,
  },
]

/** Minutes to hours each: more runs, more kills, more seeds than a commit waits for. */
const longSuites: Suite[] = [
  {
    name: 'crash',
    command: ['npm', 'run', '--silent', 'test:crash', '--', '--long'],
    count: mochaCount,
  },
  {
    name: 'properties',
    command: ['npm', 'run', '--silent', 'test:properties'],
    count: mochaCount,
  },
  { name: 'contracts', command: ['npm', 'run', '--silent', 'contracts:long'], count: forgeCount },
  {
    name: 'mutants',
    command: ['npm', 'run', '--silent', 'contracts:mutants'],
    count: mutantCount,
  },
  { name: 'coverage', command: ['npm', 'run', '--silent', 'contracts:coverage'], count: noCount },
  {
    name: 'wasm',
    command: ['npm', 'run', '--silent', 'test:wasm', '--', '--long'],
    count: lineCount,
  },
  {
    name: 'simulations',
    command: ['npm', 'run', '--silent', 'sim', '--', 'market', '--agents', '1000'],
    count: simCount,
  },
]

const run = (suite: Suite, env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    const [command = '', ...args] = suite.command
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk: Buffer) => {
      output += chunk
      process.stdout.write(chunk)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => resolve({ code: 1, output: `${output}${error.message}\n` }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })

const wanted = process.argv.slice(2).filter((argument) => argument !== '--long')
const chosen = process.argv.includes('--long') ? longSuites : suites
const unknown = wanted.filter((name) => !chosen.some((suite) => suite.name === name))
if (unknown.length > 0) {
  process.stderr.write(`no such suite: ${unknown}; there are ${chosen.map(({ name }) => name)}\n`)
  process.exit(2)
}

// Everything the tests create lands in one folder that goes with them, whatever happens to a child.
const scratch = await mkdtemp(join(tmpdir(), 'souk-test-'))
const total: Count = { passed: 0, failed: 0 }
const lines: string[] = []
for (const suite of chosen.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  process.stdout.write(`\n== ${suite.name}\n`)
  const started = Date.now()
  const { code, output } = await run(suite, { ...process.env, TMPDIR: scratch })
  const count = suite.count(output)
  if (code === 0 && count.passed === 0 && suite.count === noCount) count.passed = 1
  // A suite that ended badly counts as a failure even if every case passed, and so does one that ran nothing.
  if ((code !== 0 || count.passed === 0) && count.failed === 0) count.failed = 1
  total.passed += count.passed
  total.failed += count.failed
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  lines.push(`${suite.name}: ${count.passed} passed, ${count.failed} failed in ${seconds} s`)
}
await rm(scratch, { recursive: true, force: true })
process.stdout.write(`\n${lines.join('\n')}\n\n${total.passed} passed, ${total.failed} failed\n`)
process.exitCode = total.failed === 0 ? 0 : 1

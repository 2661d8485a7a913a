// node test/wasi/node/run.ts FOLDER: the WASI programs of Node's own test suite (FOLDER is `test` in its source), with what Node expects of
// them, metered, against Souk's own WASI.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeEnd, runProgram } from '../run-test.ts'

type Expected = { stdin?: string; stdout?: string; exitCode?: number }

// As in test-wasi.js and test-wasi-symlinks.js. Left out: programs that find links made by the host, for a task's input has none;
// create_symlink, which expects a link to end in a zero byte and to lead away from where it stands; and readdir, which expects no '.'
// and '..', where the public test suite demands them.
const PROGRAMS: Readonly<Record<string, Expected>> = {
  cant_dotdot: {},
  clock_getres: {},
  exitcode: { exitCode: 120 },
  fd_prestat_get_refresh: {},
  freopen: { stdout: 'hello from input2.txt\n' },
  ftruncate: {},
  getentropy: {},
  getrusage: {},
  gettimeofday: {},
  link: {},
  main_args: {},
  notdir: {},
  poll: {},
  preopen_populates: {},
  read_file: { stdout: 'hello from input.txt\n' },
  read_file_twice: { stdout: 'hello from input.txt\nhello from input.txt\n' },
  sock: {},
  stat: {},
  stdin: { stdin: 'hello world', stdout: 'hello world' },
  write_file: {},
}

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write("usage: node test/wasi/node/run.ts FOLDER (`test` in Node's source)\n")
  process.exit(2)
}

const bytesOf = (...path: string[]) => new Uint8Array(readFileSync(join(folder, ...path)))
const fixture = (name: string) => bytesOf('fixtures', 'wasi', name)

const files = new Map([
  ['sandbox/input.txt', fixture('input.txt')],
  ['sandbox/input2.txt', fixture('input2.txt')],
  ['sandbox/notadir', fixture('notadir')],
  ['sandbox/subdir/.keep', new Uint8Array(0)],
])

const complaintAbout = (name: string, { stdin = '', stdout = '', exitCode = 0 }: Expected) => {
  const input = {
    args: ['foo', '-bar', '--baz=value'],
    env: { NODE_PLATFORM: 'linux' },
    stdin: new TextEncoder().encode(stdin),
    files,
  }
  const preopens = ['/sandbox', '/tmp']
  const verdict = runProgram(bytesOf('wasi', 'wasm', `${name}.wasm`), input, preopens)
  return describeEnd(verdict, { exitCode, stdout, stderr: null })
}

let passed = 0
let failed = 0
for (const [name, expected] of Object.entries(PROGRAMS)) {
  const complaint = complaintAbout(name, expected)
  if (complaint === null) passed += 1
  else {
    failed += 1
    process.stdout.write(`FAILED ${name}: ${complaint}\n`)
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1

import { type ChildProcess, spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { ChildGone, createLine, type KillReason, type Line } from './line.ts'

/** Which WASI its guests get; one that only judges modules has no guests. */
export type ChildRole = { wasiHost: 'souk' | 'wasmer' }

export type Child = Line & {
  pid: number
  /** Memory it held after its last task, in bytes. */
  restingBytes: number
  alive(): boolean
  kill(reason: KillReason): void
  exited: Promise<void>
}

const STDERR_BYTES = 4_096
const FRESH_BYTES = 64 << 20
const START_MS = 60_000
const HEAP_MIB = 512
// What a task leaves behind dies young: a small nursery keeps a child at one size through thousands of tasks.
const NURSERY_MIB = 2
// Guests are held to a stack budget in units; natively that needs far less than this.
const NATIVE_STACK_KIB = 3_900
const codeFolder = fileURLToPath(new URL('..', import.meta.url))
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const entry = fileURLToPath(new URL(`../child/main.${extension}`, import.meta.url))

const launch = ({ wasiHost }: ChildRole, readable: readonly string[]): ChildProcess =>
  spawn(
    process.execPath,
    [
      '--permission',
      ...[codeFolder, ...readable].map((folder) => `--allow-fs-read=${folder}`),
      '--disable-warning=SecurityWarning',
      '--disable-warning=ExperimentalWarning',
      '--expose-gc',
      `--max-old-space-size=${HEAP_MIB}`,
      `--max-semi-space-size=${NURSERY_MIB}`,
      `--stack-size=${NATIVE_STACK_KIB}`,
      // Newer engines read them without being asked: the hints that metered code carries on its own tests.
      '--experimental-wasm-branch-hinting',
      entry,
      wasiHost,
    ],
    // stdin and stdout lead nowhere; stderr tells of crashes; 3 is the line. An empty environment hides the owner's.
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: {}, cwd: codeFolder },
  )

// Guests fill every core they get; the node itself, and its owner's machine, come first.
const giveWay = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It has ended already, and whoever waits for it hears of that.
  }
}

const keepTail = (child: ChildProcess): (() => string) => {
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_BYTES)
  })
  return () => tail
}

const ranOutOfMemory = (stderr: string): boolean =>
  /out of memory|allocation failed|Cannot allocate memory/i.test(stderr)

/** Starts a child and waits until it says that it is ready. */
export const startChild = async (
  role: ChildRole,
  { readable }: { readable: readonly string[] },
): Promise<Child> => {
  const process = launch(role, readable)
  giveWay(process.pid)
  const tail = keepTail(process)
  const line = createLine(process.stdio[3] as Duplex)
  let reason: KillReason | null = null
  const exited = new Promise<void>((resolve) => {
    process.once('error', (cause) => {
      line.fail(new ChildGone(reason, String(cause)))
      resolve()
    })
    process.once('exit', (code, signal) => {
      const own = reason ?? (ranOutOfMemory(tail()) ? 'MEMORY_EXHAUSTED' : null)
      line.fail(new ChildGone(own, `code ${code}, signal ${signal} ${tail()}`.trim()))
      resolve()
    })
  })
  const alive = () => process.exitCode === null && process.signalCode === null && reason === null
  const kill = (why: KillReason) => {
    if (!alive()) return
    reason = why
    process.kill('SIGKILL')
    line.fail(new ChildGone(why, ''))
  }
  const late = setTimeout(() => kill('CLOSED'), START_MS)
  await line.receive(0).finally(() => clearTimeout(late))
  return { ...line, pid: process.pid as number, restingBytes: FRESH_BYTES, alive, kill, exited }
}

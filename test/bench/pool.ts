// The pool of child processes as a node uses it: how long a task waits, how soon it is gone, and what the node itself notices of it.
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSandbox } from '../../node/adapters/wasm/index.ts'
import type { Sandbox, SandboxHooks } from '../../node/ports/index.ts'
import { ENDLESS_FUEL, run } from '../fixtures/wasm/sandbox-kit.ts'
import { wasmFixture } from '../fixtures/wasm/wat.ts'
import { type Figure, type Measured, percentile } from './harness.ts'

const TASKS = 1_000
// Until V8 has optimised the child's own code.
const WARM_UP = 500
const CANCELLATIONS = 30
const BUSY_MS = 5_000
const NS_PER_MS = 1e6
const MIB = 2 ** 20

const atMost = (limit: number) => ({ bound: 'at-most', limit }) as const

/** What `benchPool` measures. */
export const poolFigures: readonly Figure[] = [
  { name: 'trivial task, warm child, p50', unit: 'ms', goal: atMost(0.3) },
  { name: 'trivial task, warm child, p99', unit: 'ms', goal: null },
  { name: 'start to first output, p99', unit: 'ms', goal: null },
  { name: 'memory grown by 1,000 tasks', unit: 'MiB', goal: atMost(16) },
  { name: 'cancel to answer, p99', unit: 'ms', goal: atMost(10) },
  { name: 'cancel to dead process, p50', unit: 'ms', goal: atMost(10) },
  { name: 'cancel to dead process, p99', unit: 'ms', goal: null },
  { name: 'event-loop delay, all cores busy, p99', unit: 'ms', goal: atMost(10) },
]

const withSandbox = async <T>(workers: number, work: (sandbox: Sandbox) => Promise<T>) => {
  const sandbox = createSandbox({}, { workers, maxQueue: 8, tasksPerChild: 2 * TASKS })
  await sandbox.start()
  try {
    return await work(sandbox)
  } finally {
    await sandbox.stop()
  }
}

const hello = wasmFixture('hello')
const spin = wasmFixture('spin')
const endless = { limits: { fuel: ENDLESS_FUEL, wallMs: 60_000 }, sliceFuel: ENDLESS_FUEL }

const runEndless = (sandbox: Sandbox, hooks: Partial<SandboxHooks>) =>
  run(sandbox, spin, { ...endless, hooks })

const time = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

const benchTasks = (): Promise<Record<string, Measured>> =>
  withSandbox(1, async (sandbox) => {
    for (let task = 0; task < WARM_UP; task++) await run(sandbox, hello)
    const times: number[] = []
    const held: number[] = []
    for (let task = 0; task < TASKS; task++) {
      const started = performance.now()
      const { peakRssBytes } = await run(sandbox, hello)
      times.push(performance.now() - started)
      held.push(peakRssBytes)
    }
    const firsts: number[] = []
    for (let task = 0; task < TASKS / 2; task++) {
      const started = performance.now()
      await run(sandbox, hello, {
        hooks: { onOutput: () => void firsts.push(performance.now() - started) },
      })
    }
    const tenth = TASKS / 10
    const grown = percentile(held.slice(-tenth), 0.5) - percentile(held.slice(0, tenth), 0.5)
    return {
      'trivial task, warm child, p50': { value: percentile(times, 0.5) },
      'trivial task, warm child, p99': { value: percentile(times, 0.99) },
      'start to first output, p99': { value: percentile(firsts, 0.99) },
      'memory grown by 1,000 tasks': { value: grown / MIB },
    }
  })

// Processes that were started by this one and are not dead yet.
const living = (): Set<string> => {
  const pids = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
  const isAlive = (pid: string) => {
    if (!readdirSync('/proc').includes(pid)) return false
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  }
  return new Set(pids.trim().split(' ').filter(Boolean).filter(isAlive))
}

const cancelOnce = async (sandbox: Sandbox): Promise<{ answer: number; death: number }> => {
  const controller = new AbortController()
  const started = Promise.withResolvers<void>()
  const running = runEndless(sandbox, {
    signal: controller.signal,
    onProgress: () => started.resolve(),
  })
  await started.promise
  const before = living()
  const answer = await time(() => {
    controller.abort()
    return running
  })
  const rest = await time(async () => {
    while ([...before].every((pid) => living().has(pid))) await sleep(0)
  })
  return { answer, death: answer + rest }
}

const benchCancelling = (): Promise<Record<string, Measured>> =>
  withSandbox(1, async (sandbox) => {
    const times: { answer: number; death: number }[] = []
    for (let turn = 0; turn < CANCELLATIONS; turn++) times.push(await cancelOnce(sandbox))
    const deaths = times.map(({ death }) => death)
    const answers = times.map(({ answer }) => answer)
    return {
      'cancel to answer, p99': { value: percentile(answers, 0.99) },
      'cancel to dead process, p50': { value: percentile(deaths, 0.5) },
      'cancel to dead process, p99': { value: percentile(deaths, 0.99) },
    }
  })

const benchEventLoop = (): Promise<Record<string, Measured>> => {
  const workers = availableParallelism()
  return withSandbox(workers, async (sandbox) => {
    const controller = new AbortController()
    const { signal } = controller
    const hooks = { signal, onProgress: () => undefined, onOutput: () => undefined }
    const running = Array.from({ length: workers }, () => runEndless(sandbox, hooks))
    await sleep(200)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await sleep(BUSY_MS)
    delay.disable()
    controller.abort()
    await Promise.all(running)
    const value = delay.percentile(99) / NS_PER_MS
    return { 'event-loop delay, all cores busy, p99': { value } }
  })
}

/** Measures all of `poolFigures`. Needs /proc. */
export const benchPool = async (
  progress: (line: string) => void,
): Promise<Readonly<Record<string, Measured>>> => {
  progress('pool: a thousand tasks back to back')
  const tasks = await benchTasks()
  progress('pool: cancelling')
  const cancelling = await benchCancelling()
  progress('pool: this process while all cores run tasks')
  return { ...tasks, ...cancelling, ...(await benchEventLoop()) }
}

import type {
  SandboxHooks,
  SandboxHostFailure,
  SandboxJob,
  SandboxVerdict,
} from '../../../ports/index.ts'
import {
  decodeEnding,
  decodeOutput,
  decodeProgress,
  decodeSlice,
  encodeRun,
  type Frame,
  type RunEnding,
} from '../frames/index.ts'
import { believe, checkEnding } from './believe.ts'
import type { Child } from './child-process.ts'
import { ChildGone } from './line.ts'
import { createStopwatch, watchMemory } from './watch.ts'

export type Executed = {
  outcome: SandboxVerdict | SandboxHostFailure
  wallMs: number
  peakRssBytes: number
}

/** Compiling a module is not the task's wall time, but is bounded too. */
const PREPARE_MS = 60_000
const PAGE_BYTES = 65_536
const SPARE_BYTES = 256 << 20
/** A child that holds more between tasks is replaced. */
const RESTING_BYTES_MAX = 1 << 30
// Compiler state and machine code, as a multiple of the metered module.
const MODULE_FACTOR = 12

const inputBytes = ({ input }: SandboxJob): number =>
  [input.stdin, ...input.files.values()].reduce((sum, { length }) => sum + length, 0)

const memoryAllowance = ({ job, metered, maxProcessBytes }: Order, restingBytes: number): number =>
  Math.min(
    maxProcessBytes,
    restingBytes +
      SPARE_BYTES +
      job.limits.memoryPages * PAGE_BYTES +
      job.limits.fileBytes * 3 +
      inputBytes(job) * 3 +
      metered.length * MODULE_FACTOR,
  )

const bodyBytesMax = ({ limits, input }: SandboxJob): number => {
  const files = [...input.files.values()].reduce((sum, { length }) => sum + length, 0)
  // Input files may come back as outputs.
  return limits.stdoutBytes + limits.stderrBytes + limits.fileBytes + files
}

/** A job and the metered module to do it with. */
export type Order = {
  job: SandboxJob
  moduleKey: string
  metered: Uint8Array
  /** The most memory the child may take, whatever the job was promised. */
  maxProcessBytes: number
}

type Run = {
  child: Child
  order: Order
  hooks: SandboxHooks
  stopwatch: ReturnType<typeof createStopwatch>
  preparing: NodeJS.Timeout
  fuelUsed: bigint
}

// The gate may take its time; if the child dies meanwhile, nobody waits for the gate.
const untilBroken = <T>(child: Child, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const forget = child.onFail(reject)
    work.then(resolve, reject).finally(forget)
  })

const passGate = async (run: Run, frame: Frame): Promise<void> => {
  run.stopwatch.pause()
  const usage = believe(() => decodeSlice(frame))
  run.fuelUsed = usage.fuelUsed
  const answer = await untilBroken(run.child, run.hooks.onSlice(usage))
  run.stopwatch.start()
  run.child.send({ header: { type: answer }, parts: [] })
}

const endingOf = (job: SandboxJob, frame: Frame): RunEnding => {
  const ending = decodeEnding(frame)
  checkEnding(job, ending)
  return ending
}

const converse = async (run: Run): Promise<RunEnding> => {
  const { child, hooks, order } = run
  const limit = bodyBytesMax(order.job)
  for (;;) {
    const frame = await child.receive(limit)
    switch (frame.header.type) {
      case 'need-module':
        child.send({ header: { type: 'module' }, parts: [order.metered] })
        break
      case 'started':
        clearTimeout(run.preparing)
        run.stopwatch.start()
        break
      case 'slice':
        await passGate(run, frame)
        break
      case 'output':
        hooks.onOutput?.(believe(() => decodeOutput(frame)))
        break
      case 'progress':
        hooks.onProgress?.(believe(() => decodeProgress(frame)))
        break
      case 'ended':
        return believe(() => endingOf(order.job, frame))
      default:
        throw new ChildGone(null, `unexpected ${frame.header.type}`)
    }
  }
}

const hostFailure = (
  code: SandboxHostFailure['code'],
  detail: string,
  fuelUsed: bigint,
): SandboxHostFailure => ({ kind: 'host-failure', code, detail, fuelUsed })

const explainGone = ({ reason, message }: ChildGone, run: Run): SandboxHostFailure => {
  const { fuelUsed } = run
  switch (reason) {
    case 'WALL_TIMEOUT': {
      const detail = `the run was not over after ${run.order.job.limits.wallMs} ms`
      return hostFailure(reason, detail, fuelUsed)
    }
    case 'MEMORY_EXHAUSTED':
      return hostFailure(reason, 'the run took more memory than the machine allows it', fuelUsed)
    case 'CANCELLED':
    case 'CLOSED':
      return hostFailure('CANCELLED', 'the run was called off', fuelUsed)
    default:
      return hostFailure('CHILD_CRASHED', message, fuelUsed)
  }
}

const outcomeOf = (ending: RunEnding): SandboxVerdict | SandboxHostFailure => {
  if (ending.kind === 'failure') return hostFailure(ending.code, ending.detail, ending.fuelUsed)
  const { rssBytes: _, ...verdict } = ending
  return verdict
}

// A child whose own code failed, or that keeps too much, is not used again.
const isWorn = (ending: RunEnding): boolean =>
  ending.rssBytes > RESTING_BYTES_MAX || (ending.kind === 'failure' && ending.code !== 'STOPPED')

/** Runs one job in a child that is free. The child is dead afterwards unless the outcome says that it ended in order. */
export const executeJob = async (
  child: Child,
  order: Order,
  hooks: SandboxHooks,
): Promise<Executed> => {
  const { job, moduleKey } = order
  const onAbort = () => child.kill('CANCELLED')
  hooks.signal?.addEventListener('abort', onAbort)
  if (hooks.signal?.aborted) onAbort()
  const preparing = setTimeout(() => child.kill('WALL_TIMEOUT'), PREPARE_MS)
  const stopwatch = createStopwatch(job.limits.wallMs, () => child.kill('WALL_TIMEOUT'))
  const memory = watchMemory(child.pid, {
    limitBytes: memoryAllowance(order, child.restingBytes),
    onExceed: () => child.kill('MEMORY_EXHAUSTED'),
  })
  const run: Run = { child, order, hooks, stopwatch, preparing, fuelUsed: 0n }
  const finish = (outcome: Executed['outcome'], rssBytes: number): Executed => ({
    outcome,
    wallMs: stopwatch.elapsedMs(),
    peakRssBytes: Math.max(rssBytes, memory.peakBytes()),
  })
  try {
    const isLive = hooks.onOutput !== undefined || hooks.onProgress !== undefined
    child.send(encodeRun({ ...job, moduleKey, isLive }))
    const ending = await converse(run)
    child.restingBytes = ending.rssBytes
    if (isWorn(ending)) child.kill('CLOSED')
    return finish(outcomeOf(ending), ending.rssBytes)
  } catch (error) {
    // Whatever else went wrong, nobody knows what the child is doing now.
    child.kill('CLOSED')
    if (!(error instanceof ChildGone)) throw error
    return finish(explainGone(error, run), 0)
  } finally {
    clearTimeout(preparing)
    stopwatch.pause()
    memory.stop()
    hooks.signal?.removeEventListener('abort', onAbort)
  }
}

import type { Address, Hash, Receipt } from '../../protocols/common/index.ts'
import { DEFAULT_LIMITS, type TaskLimits } from '../../protocols/execution/index.ts'
import type { Content, Log, Sandbox } from '../ports/index.ts'
import { type FetchedResult, fetchResult, type ReceivedResult } from './fetch-result.ts'
import { type Prepared, type PrepareOptions, prepareTask } from './prepare.ts'
import { type ExecutionResult, type RunOptions, runTask } from './run.ts'
import { type Verification, verifyReceipt } from './verify.ts'

export type ExecutorDeps = { content: Content; sandbox: Sandbox; log: Log }

export type ExecutorOptions = {
  /** The most that this machine lets a task have; defaults to the network's limits. */
  limits?: Partial<TaskLimits>
}

export type Executor = {
  /**
   * Fetches manifest, module and inputs of a task from its requester and checks them all. Throws Fault MANIFEST_INVALID,
   * ENGINE_MISMATCH, LIMITS_TOO_HIGH, MODULE_INVALID, or those of the content port.
   */
  prepare(taskHash: Hash, from: Address, options: PrepareOptions): Promise<Prepared>
  /** Runs a prepared task and keeps its outputs as content. */
  run(prepared: Prepared, options: RunOptions): Promise<ExecutionResult>
  /** Fetches a result from its provider. Throws Fault RESULT_MISMATCH unless it is what the receipt says, or those of the content port. */
  fetchResult(
    received: ReceivedResult,
    from: Address,
    options: { maxBytes: number; signal?: AbortSignal },
  ): Promise<FetchedResult>
  /** Runs the task of a receipt again, from content that is here or at `from`, and compares. Throws as `prepare` does. */
  verify(
    work: { taskHash: Hash; from: Address; receipt: Receipt },
    options: PrepareOptions,
  ): Promise<Verification>
}

const NETWORK_LIMITS: TaskLimits = {
  fuel: DEFAULT_LIMITS.fuel,
  memoryPages: DEFAULT_LIMITS.memoryPages,
  outputBytes: DEFAULT_LIMITS.fileBytes,
  wallMs: DEFAULT_LIMITS.wallMs,
}

export const createExecutor = (
  { content, sandbox, log }: ExecutorDeps,
  options: ExecutorOptions = {},
): Executor => {
  const limits = { ...NETWORK_LIMITS, ...options.limits }
  return {
    prepare: (taskHash, from, prepareOptions) =>
      prepareTask({ content, sandbox, limits }, { taskHash, from }, prepareOptions),
    run: async (prepared, runOptions) => {
      const result = await runTask({ content, sandbox }, prepared, runOptions)
      const { kind, fuelUsed, wallMs } = result
      const end = kind === 'verdict' ? result.verdict : result.code
      log.debug({ task: prepared.taskHash, end, fuelUsed, wallMs }, 'task ran')
      return result
    },
    fetchResult: (received, from, { maxBytes, signal }) =>
      fetchResult(
        content,
        { engineHash: sandbox.engineHash, ...received },
        { from, maxBytes, signal },
      ),
    verify: (work, verifyOptions) =>
      verifyReceipt({ content, sandbox, limits }, work, verifyOptions),
  }
}

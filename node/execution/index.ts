// Fetches, checks and runs tasks, and verifies results that others ran. Knows nothing of money: receipts are signed by whoever sells.
export {
  createExecutor,
  type Executor,
  type ExecutorDeps,
  type ExecutorOptions,
} from './executor.ts'
export type { ExecutionFault } from './faults.ts'
export type { FetchedResult, ReceivedResult } from './fetch-result.ts'
export type { Prepared, PrepareOptions } from './prepare.ts'
export type { ExecutionResult, RunOptions } from './run.ts'

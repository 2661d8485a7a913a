// Fetches, checks and runs tasks, and verifies results that others ran. Knows nothing of money: receipts are signed by whoever sells.
export {
  createExecutor,
  type Executor,
  type ExecutorOptions,
} from './executor.ts'
export type { Prepared } from './prepare.ts'
export type { ExecutionResult } from './run.ts'
export type { Account, Verification } from './verify.ts'

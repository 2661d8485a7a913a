import type { Address, Hash, Receipt } from '../../protocols/common/index.ts'
import { VERDICT_CODES } from '../../protocols/execution/index.ts'
import type { SandboxHostFailure } from '../ports/index.ts'
import { type PrepareDeps, type PrepareOptions, prepareTask } from './prepare.ts'
import { type Rerun, type RunDeps, runPrepared } from './run.ts'

/** What a receipt says of a run, or what a run here says of itself. */
export type Account = Pick<Receipt, 'resultHash' | 'outcome' | 'exitCode' | 'fuelUsed'>

/**
 * A receipt beside a run of the same task on this machine: `same` in every field, `different` in those named, or `undecided` where this
 * machine failed to run it.
 */
export type Verification = { claimed: Account; wallMs: number } & (
  | { verdict: 'same'; found: Account }
  | { verdict: 'different'; found: Account; differences: readonly (keyof Account)[] }
  | { verdict: 'undecided'; found: null; code: SandboxHostFailure['code']; detail: string }
)

export type VerifyDeps = PrepareDeps & { sandbox: RunDeps['sandbox'] }

const FIELDS = ['outcome', 'exitCode', 'fuelUsed', 'resultHash'] as const

const accountOf = (claim: Account): Account => {
  const { resultHash, outcome, exitCode, fuelUsed } = claim
  return { resultHash, outcome, exitCode, fuelUsed }
}

const compare = (claimed: Account, run: Rerun): Verification => {
  const { wallMs } = run
  if (run.kind === 'host-failure') {
    const { code, detail } = run
    return { verdict: 'undecided', claimed, found: null, code, detail, wallMs }
  }
  const { kind, exitCode, fuelUsed } = run.verdict
  const found = { resultHash: run.resultHash, outcome: VERDICT_CODES[kind], exitCode, fuelUsed }
  const differences = FIELDS.filter((field) => claimed[field] !== found[field])
  return differences.length === 0
    ? { verdict: 'same', claimed, found, wallMs }
    : { verdict: 'different', claimed, found, differences, wallMs }
}

/** Runs the task of a receipt again, from its content, and compares. Throws as `prepareTask` does. */
export const verifyReceipt = async (
  deps: VerifyDeps,
  { taskHash, from, receipt }: { taskHash: Hash; from: Address; receipt: Receipt },
  options: PrepareOptions,
): Promise<Verification> => {
  const prepared = await prepareTask(deps, { taskHash, from }, options)
  const { signal } = options
  const run = await runPrepared(deps.sandbox, prepared, {
    // One slice: nobody is paid for this.
    sliceFuel: prepared.manifest.limits.fuel + 1n,
    onSlice: async () => 'continue',
    ...(signal && { signal }),
  })
  return compare(accountOf(receipt), run)
}

import type { Address, Hash, Receipt } from '../../protocols/common/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import { type ResultManifest, resultHash, VERDICT_CODES } from '../../protocols/execution/index.ts'
import type { Content } from '../ports/index.ts'
import { digestInPieces } from './digest.ts'
import type { ExecutionFault } from './faults.ts'
import { createFetchBudget, fetchFiles } from './fetch-budget.ts'

/** A result with the receipt that its provider signed for it. `engineHash` is that of the agreement; this node's own by default. */
export type ReceivedResult = {
  result: ResultManifest
  taskHash: Hash
  receipt: Receipt
  engineHash?: Hash
}

/** What a program put out, proven to be what its receipt says. */
export type FetchedResult = {
  stdout: Uint8Array
  stderr: Uint8Array
  files: ReadonlyMap<string, Uint8Array>
}

const mismatch = (what: string) =>
  new Fault<ExecutionFault>('RESULT_MISMATCH', `the result is not what its receipt says: ${what}`)

const requireSameEnd = (result: ResultManifest, receipt: Receipt): void => {
  if (VERDICT_CODES[result.verdict] !== receipt.outcome) throw mismatch('another outcome')
  if (result.exitCode !== receipt.exitCode) throw mismatch('another exit code')
  if (result.fuelUsed !== receipt.fuelUsed) throw mismatch('other fuel used')
}

/** Fetches all parts of a result, together at most `maxBytes`, and checks them against the receipt's resultHash. */
export const fetchResult = async (
  content: Pick<Content, 'get'>,
  { result, taskHash, receipt, engineHash }: ReceivedResult & { engineHash: Hash },
  options: { from: Address; maxBytes: number; signal?: AbortSignal | undefined },
): Promise<FetchedResult> => {
  requireSameEnd(result, receipt)
  const fetch = createFetchBudget(content, options)
  const stdout = await fetch(result.stdout)
  const stderr = await fetch(result.stderr)
  const files = await fetchFiles(fetch, result.files)
  const { verdict: kind, exitCode, fuelUsed } = result
  const output = { stdout, stderr, files }
  const end = { taskHash, kind, exitCode, fuelUsed, engineHash }
  const hash = await resultHash({ ...end, ...output }, digestInPieces)
  if (hash !== receipt.resultHash) throw mismatch('other outputs')
  return output
}

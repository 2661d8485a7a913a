import { pathToFileURL } from 'node:url'
import { Fault } from '../../protocols/common/index.ts'
import type { BiddingPolicy } from '../market/index.ts'

const isPolicy = (value: unknown): value is BiddingPolicy =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<BiddingPolicy>).ratesFor === 'function'

const invalid = (path: string, detail: string) =>
  new Fault('POLICY_INVALID', `market.policyModule ${path}: ${detail}`, { path })

/**
 * The owner's own bidding policy, or the standard one where no path is set. The module exports `createPolicy(standard)`, which returns
 * an object with `ratesFor(auction, facts)`. It runs inside the node: whoever may set the path owns the node anyway.
 */
export const loadPolicy = async (
  path: string | null,
  standard: BiddingPolicy,
): Promise<BiddingPolicy> => {
  if (path === null) return standard
  const module = await import(pathToFileURL(path).href).catch((error) => {
    throw invalid(path, error instanceof Error ? error.message : String(error))
  })
  if (typeof module.createPolicy !== 'function') throw invalid(path, 'no export createPolicy')
  const policy: unknown = await module.createPolicy(standard)
  if (!isPolicy(policy)) throw invalid(path, 'createPolicy returned no object with ratesFor')
  return policy
}

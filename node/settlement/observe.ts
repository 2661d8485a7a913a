import { Fault, faultCode } from '../../protocols/common/index.ts'
import type { InFlight, Observation, Step, Submission } from '../../protocols/settlement/index.ts'
import type { Chain, ChainCall, Clock } from '../ports/index.ts'

export type ObserveDeps = {
  chain: Pick<Chain, 'prepare' | 'broadcast' | 'outcome' | 'head'>
  clock: Clock
}

const isUnreachable = (error: unknown): boolean => faultCode(error) === 'CHAIN_UNREACHABLE'

const reasonOf = (error: unknown): string => {
  if (error instanceof Fault && typeof error.details.reason === 'string')
    return error.details.reason
  return `${faultCode(error)}: ${error instanceof Error ? error.message : String(error)}`
}

const prepare = async ({ chain, clock }: ObserveDeps, call: ChainCall): Promise<Observation> => {
  try {
    const transaction = await chain.prepare(call)
    return { type: 'prepared', transaction, now: clock.now() }
  } catch (error) {
    if (isUnreachable(error)) throw error
    // Nothing was signed that left, so whoever asked may safely ask again.
    return { type: 'would-revert', reason: reasonOf(error) }
  }
}

const broadcast = async (
  { chain }: ObserveDeps,
  { transaction }: InFlight,
): Promise<Observation> => {
  try {
    await chain.broadcast(transaction)
    return { type: 'sent' }
  } catch (error) {
    if (isUnreachable(error)) throw error
    if (faultCode(error) !== 'NONCE_TAKEN') return { type: 'send-refused', reason: reasonOf(error) }
    return { type: 'nonce-taken', block: (await chain.head()).block }
  }
}

const look = async (
  { chain, clock }: ObserveDeps,
  { transaction }: InFlight,
): Promise<Observation> => {
  const outcome = await chain.outcome(transaction.hash)
  switch (outcome.status) {
    case 'done':
      return { type: 'done', block: outcome.block, gasUsed: outcome.gasUsed }
    case 'reverted':
      return { type: 'reverted', reason: outcome.reason }
    case 'pending':
    case 'unknown':
      return { type: outcome.status, now: clock.now() }
  }
}

/** Takes one step and says what it showed. Throws CHAIN_UNREACHABLE; then the same step may be taken again. */
export const observe = (
  deps: ObserveDeps,
  step: Step,
  { call, submission }: { call: ChainCall; submission: Submission },
): Promise<Observation> => {
  if (step === 'prepare') return prepare(deps, call)
  return step === 'broadcast'
    ? broadcast(deps, submission as InFlight)
    : look(deps, submission as InFlight)
}

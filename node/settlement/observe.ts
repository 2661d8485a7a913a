import { Fault, faultCode } from '../../protocols/common/index.ts'
import type {
  InFlight,
  Observation,
  SignedTransaction,
  Step,
  Submission,
} from '../../protocols/settlement/index.ts'
import { versionsOf } from '../../protocols/settlement/index.ts'
import type { Chain, ChainCall, Clock, FeeOrder } from '../ports/index.ts'

export type ObserveDeps = {
  chain: Pick<Chain, 'prepare' | 'reprice' | 'broadcast' | 'outcome' | 'head'>
  clock: Clock
}

/** A call, and what may be offered for it now. */
export type Observed = {
  call: ChainCall
  submission: Submission
  fees: FeeOrder
  nonceAtLeast: number
}

export const isUnreachable = (error: unknown): boolean => faultCode(error) === 'CHAIN_UNREACHABLE'

const reasonOf = (error: unknown): string => {
  if (error instanceof Fault && typeof error.details.reason === 'string')
    return error.details.reason
  return `${faultCode(error)}: ${error instanceof Error ? error.message : String(error)}`
}

const isTooDear = (error: unknown): boolean => faultCode(error) === 'FEE_TOO_HIGH'

const prepare = async (
  { chain, clock }: ObserveDeps,
  { call, fees, nonceAtLeast }: Observed,
): Promise<Observation> => {
  try {
    const transaction = await chain.prepare(call, { fees, nonceAtLeast })
    return { type: 'prepared', transaction, now: clock.now() }
  } catch (error) {
    if (isUnreachable(error)) throw error
    if (isTooDear(error)) return { type: 'too-dear', reason: reasonOf(error), now: clock.now() }
    // Nothing was signed that left, so whoever asked may safely ask again.
    return { type: 'would-revert', reason: reasonOf(error) }
  }
}

const newestOf = ({ versions }: InFlight): SignedTransaction => versions.at(-1) ?? versions[0]

const reprice = async (
  { chain, clock }: ObserveDeps,
  { submission, fees }: Observed,
): Promise<Observation> => {
  try {
    const transaction = await chain.reprice(newestOf(submission as InFlight), fees)
    return { type: 'repriced', transaction, now: clock.now() }
  } catch (error) {
    if (!isTooDear(error)) throw error
    return { type: 'too-dear', reason: reasonOf(error), now: clock.now() }
  }
}

const broadcast = async (
  { chain }: ObserveDeps,
  { submission }: Observed,
): Promise<Observation> => {
  try {
    await chain.broadcast(newestOf(submission as InFlight))
    return { type: 'sent' }
  } catch (error) {
    if (isUnreachable(error)) throw error
    if (faultCode(error) !== 'NONCE_TAKEN') return { type: 'send-refused', reason: reasonOf(error) }
    return { type: 'nonce-taken', block: (await chain.head()).block }
  }
}

// At most one of the versions is ever mined; until then one that waits says more than one that is lost.
const look = async (
  { chain, clock }: ObserveDeps,
  { submission }: Pick<Observed, 'submission'>,
): Promise<Observation> => {
  const now = clock.now()
  let best: Observation = { type: 'unknown', now }
  for (const { hash } of versionsOf(submission).toReversed()) {
    const outcome = await chain.outcome(hash)
    if (outcome.status === 'reverted') return { type: 'reverted', hash, reason: outcome.reason }
    if (outcome.status === 'done') {
      const { block, gasUsed } = outcome
      return { type: 'done', hash, block, gasUsed, head: (await chain.head()).block }
    }
    if (outcome.status === 'unknown') continue
    const { minedAt = null } = outcome
    if (minedAt !== null || best.type === 'unknown') best = { type: 'pending', minedAt, now }
  }
  return best
}

/** Takes one step and says what it showed. Throws CHAIN_UNREACHABLE; then the same step may be taken again. */
export const observe = (
  deps: ObserveDeps,
  step: Step,
  observed: Observed,
): Promise<Observation> => {
  switch (step) {
    case 'prepare':
    case 'prepare-later':
      return prepare(deps, observed)
    case 'reprice':
      return reprice(deps, observed)
    case 'broadcast':
      return broadcast(deps, observed)
    case 'look':
    case 'look-later':
    case 'finish':
      return look(deps, observed)
  }
}

// A receipt checked by its holder: the task is run again here and compared.
import type { Address, Hash } from '../../protocols/common/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import type { VerificationView } from '../../protocols/control/index.ts'
import { outcomeOf } from '../../protocols/market/index.ts'
import type { Account, Executor, Verification } from '../execution/index.ts'
import type { Clock } from '../ports/index.ts'
import type { DealBook } from './deal-book.ts'
import type { TaskFault } from './faults.ts'
import type { TaskBook } from './task-book.ts'
import { type Delivery, dealOf, deliveryOf } from './task-record.ts'

export type VerifierDeps = {
  tasks: Pick<TaskBook, 'get' | 'all'>
  deals: Pick<DealBook, 'get' | 'list'>
  executor: Pick<Executor, 'verify'>
  clock: Clock
}

export type VerifierOptions = { agent: Address; maxInputBytes: number }

/** A receipt that this node holds, and whose task it is for. */
type Held = {
  taskId: string
  taskHash: Hash
  /** Who has the task's content. */
  requester: Address
  provider: Address
  delivery: Delivery
}

/** One answer waits at most so long; whoever wants to know then asks again. */
const PATIENCE_MS = 15_000
/** Checks under way, and done ones that nobody came back for. */
const KEPT_MAX = 64

const isNamed = (id: string, { taskId, delivery }: Held): boolean =>
  id === taskId || id === delivery.receiptHash

const boughtReceipts = ({ tasks }: VerifierDeps, agent: Address): Held[] =>
  tasks.all().flatMap(({ id: taskId, taskHash, journey }) => {
    const [deal, delivery] = [dealOf(journey), deliveryOf(journey)]
    if (!deal || !delivery) return []
    return [{ taskId, taskHash, requester: agent, provider: deal.provider, delivery }]
  })

const soldReceipts = async ({ deals }: VerifierDeps): Promise<Held[]> =>
  (await deals.list()).flatMap(({ agreementHash, taskHash, requester, deal, journey }) => {
    const delivery = 'delivery' in journey ? journey.delivery : null
    if (!delivery) return []
    return [{ taskId: agreementHash, taskHash, requester, provider: deal.provider, delivery }]
  })

const find = async (deps: VerifierDeps, id: string, agent: Address): Promise<Held> => {
  const bought = boughtReceipts(deps, agent).find((held) => isNamed(id, held))
  if (bought) return bought
  const sold = (await soldReceipts(deps)).find((held) => isNamed(id, held))
  if (sold) return sold
  throw new Fault<TaskFault>('NOT_FOUND', `there is no receipt ${id} here, nor a task with one`)
}

const accountView = ({ outcome, exitCode, fuelUsed, resultHash }: Account) => ({
  outcome: outcomeOf({ outcome }),
  exitCode,
  fuelUsed: String(fuelUsed),
  resultHash,
})

const viewOf = (
  { taskId, provider, delivery }: Held,
  found: Verification | null,
): VerificationView => ({
  taskId,
  provider,
  receiptHash: delivery.receiptHash,
  verdict: found?.verdict ?? 'running',
  claimed: accountView(delivery.receipt.message),
  found: found?.found ? accountView(found.found) : null,
  differences: found?.verdict === 'different' ? [...found.differences] : [],
  code: found?.verdict === 'undecided' ? found.code : null,
  detail: found?.verdict === 'undecided' ? found.detail : null,
  wallMs: found ? Math.round(found.wallMs) : null,
})

/** Checks receipts, each once at a time however many ask. */
export const createVerifier = (deps: VerifierDeps, options: VerifierOptions) => {
  const { clock, executor } = deps
  const { agent, maxInputBytes } = options
  const underWay = new Map<Hash, Promise<Verification>>()

  const begin = (held: Held): Promise<Verification> => {
    const { taskHash, requester, delivery } = held
    const { receipt, receiptHash } = delivery
    const work = executor.verify(
      { taskHash, from: requester, receipt: receipt.message },
      { maxInputBytes },
    )
    // Whoever asked may have gone when it fails.
    work.catch(() => undefined)
    underWay.set(receiptHash, work)
    const [oldest] = underWay.keys()
    if (underWay.size > KEPT_MAX && oldest) underWay.delete(oldest)
    return work
  }

  /** Compares the receipt of that hash, task or agreement; `running` where it takes longer than one answer waits. */
  return async (id: string): Promise<VerificationView> => {
    const held = await find(deps, id, agent)
    const { receiptHash } = held.delivery
    const work = underWay.get(receiptHash) ?? begin(held)
    const enough = new AbortController()
    const patience = clock.wait(PATIENCE_MS, { signal: enough.signal }).then(() => null)
    patience.catch(() => undefined)
    try {
      const found = await Promise.race([work, patience])
      if (found) underWay.delete(receiptHash)
      return viewOf(held, found)
    } catch (error) {
      underWay.delete(receiptHash)
      throw error
    } finally {
      enough.abort()
    }
  }
}

import type { Address, Hash } from '../../protocols/common/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import { isDealOver, mayDealMove } from '../../protocols/orchestration/index.ts'
import type { Clock, Store } from '../ports/index.ts'
import { type DealJourney, type DealRecord, dealKind } from './deal-record.ts'
import type { DealFault, TaskFault } from './faults.ts'
import { commitKept, type Keep, type Need } from './keeping.ts'
import { createSerial } from './serial.ts'

type Change = { journey: DealJourney } & Partial<Pick<DealRecord, 'fuelUsed'>>

/** The provider's deals: every move durable before anyone hears of it, and one at a time per deal. */
export type DealBook = {
  /** Deals that are not over, for recovery. */
  start(): Promise<readonly DealRecord[]>
  /** The deal under this agreement; `create` makes it unless it is there already. */
  enter(agreementHash: Hash, create: () => Promise<DealRecord>): Promise<DealRecord>
  get(agreementHash: Hash): Promise<DealRecord | undefined>
  live(): readonly DealRecord[]
  /** Newest first. */
  list(): Promise<readonly DealRecord[]>
  move(
    agreementHash: Hash,
    decide: (record: DealRecord) => Change | null | Promise<Change | null>,
  ): Promise<DealRecord>
}

/** What a requester may owe for all its deals under way, in atomic units: what is paid only with acceptance. */
export const creditTo = (book: Pick<DealBook, 'live'>, requester: Address): bigint =>
  book
    .live()
    .filter((record) => record.requester === requester)
    .reduce((sum, { deal }) => {
      const { maxPrice, prepaid } = deal.agreement.message
      return sum + maxPrice - prepaid
    }, 0n)

const describe = ({ agreementHash, journey }: DealRecord) => ({
  type: 'task.phase' as const,
  taskId: agreementHash,
  role: 'provider' as const,
  phase: journey.phase,
  ...('end' in journey ? journey.end : {}),
})

const needOf = ({ agreementHash, taskHash, journey }: DealRecord): Need => ({
  by: `deal-${agreementHash}`,
  taskHash,
  result: 'delivery' in journey ? (journey.delivery?.result ?? null) : null,
  isOver: isDealOver(journey.phase),
})

export const createDealBook = ({
  store,
  clock,
  emit,
  keep,
}: {
  store: Store
  clock: Clock
  emit: Emit
  keep: Keep
}): DealBook => {
  const deals = store.collection(dealKind)
  // Strangers choose how many deals there will ever be: only those under way stay in memory.
  const live = new Map<Hash, DealRecord>()
  const serial = createSerial()

  const remember = (record: DealRecord): void => {
    if (isDealOver(record.journey.phase)) live.delete(record.agreementHash)
    else live.set(record.agreementHash, record)
  }
  const get = async (agreementHash: Hash) => live.get(agreementHash) ?? deals.get(agreementHash)
  const save = async (record: DealRecord, from?: DealRecord): Promise<void> => {
    const need = from?.journey.phase === record.journey.phase ? null : needOf(record)
    await commitKept(keep, need, () => store.commit([deals.put(record.agreementHash, record)]))
    remember(record)
  }

  const moveNow: DealBook['move'] = async (agreementHash, decide) => {
    const before = await get(agreementHash)
    if (!before) throw new Fault<DealFault>('DEAL_UNKNOWN', 'there is no such deal here')
    const change = await decide(before)
    if (change === null) return before
    const { phase } = change.journey
    if (!mayDealMove(before.journey.phase, phase)) {
      throw new Fault<TaskFault>(
        'WRONG_PHASE',
        `the deal is ${before.journey.phase} and cannot become ${phase}`,
      )
    }
    const after: DealRecord = {
      ...before,
      ...change,
      history: [...before.history, { phase, at: clock.nowMs() }],
    }
    await save(after, before)
    emit(describe(after))
    return after
  }

  return {
    start: async () => {
      for await (const [, record] of deals.list()) {
        remember(record)
        await keep(needOf(record))
      }
      return [...live.values()]
    },
    enter: (agreementHash, create) =>
      serial(agreementHash, async () => {
        const earlier = await get(agreementHash)
        if (earlier) return earlier
        const record = await create()
        await save(record)
        emit(describe(record))
        return record
      }),
    get,
    live: () => [...live.values()],
    list: async () => {
      const all: DealRecord[] = []
      for await (const [, record] of deals.list()) all.push(record)
      return all.sort((one, other) => other.createdAt - one.createdAt)
    },
    move: (agreementHash, decide) => serial(agreementHash, () => moveNow(agreementHash, decide)),
  }
}

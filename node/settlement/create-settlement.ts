import { type Address, type Amount, faultCode, type Hash } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import { isFinished } from '../../protocols/settlement/index.ts'
import type { CallTerms, Chain, ChainCall, Clock, Log, Store } from '../ports/index.ts'
import { createEventIndex } from './event-index.ts'
import { createFrontDesk } from './front-desk.ts'
import { createLane } from './lane.ts'
import { createOutbox, type OutboxEntry, type OutboxView } from './outbox.ts'
import { createReach, type Reach } from './reach.ts'
import { createReserve, type ReserveView } from './reserve.ts'
import { createRunner } from './runner.ts'
import {
  createTransactionBook,
  type TransactionPage,
  type TransactionQuery,
} from './transaction-book.ts'
import type { TransactionRecord } from './transaction-record.ts'
import { type Submitted, settlementFault } from './waiters.ts'

export type SettlementDeps = {
  store: Pick<Store, 'collection' | 'commit'>
  chain: Pick<
    Chain,
    | 'identity'
    | 'head'
    | 'balances'
    | 'allowance'
    | 'fees'
    | 'prepare'
    | 'reprice'
    | 'broadcast'
    | 'outcome'
    | 'watch'
  >
  clock: Clock
  log: Log
  emit: Emit
}

export type SettlementOptions = {
  /** The agent's account, whose balances are shown. */
  account: Address
  /** Most that a unit of gas may cost, in wei: usually, and where a deadline is near. */
  fees: { cap: bigint; urgentCap: bigint }
  /** Native coin, in wei, below which no money is locked up. */
  reserve: bigint
  /** First block that can hold the contracts' events; null: the one at the first start. */
  fromBlock?: number | null
  /** Between two looks at a transaction on its way. */
  pollMs?: number
  /** Between two looks at the chain when nothing is on its way. */
  heartbeatMs?: number
  /** How long a call is left alone that is too dear now. */
  pauseMs?: number
  /** When a transaction that does not move is shown as stuck. */
  stuckAfterSeconds?: number
}

export type SettlementStatus = Reach & {
  /** How many calls are not finished. */
  pending: number
  /** Keys of those that need somebody's attention. */
  stuck: readonly string[]
  reserve: ReserveView
  /** Set when the node's memory failed: nothing is sent any more. */
  isHalted: boolean
}

/** The only writer of the agent's account: every call comes to a known end, in the order of their haste. */
export type Settlement = {
  /** Takes up what an earlier run left unfinished. */
  start(): Promise<void>
  stop(): Promise<void>
  /**
   * Resolves once confirmed. The same key is carried out once, whatever happens between; asking again may only add haste. Throws Fault
   * TX_REVERTED, SETTLEMENT_STOPPED.
   */
  submit(key: string, call: ChainCall, terms?: CallTerms): Promise<Submitted>
  balances(): Promise<{ native: bigint; token: Amount }>
  outbox(): readonly OutboxView[]
  status(): SettlementStatus
  /** Every transaction that concerned this node's money, newest first. */
  transactions(query: TransactionQuery): Promise<TransactionPage>
  transaction(hash: Hash): Promise<TransactionRecord | undefined>
}

const DEFAULTS = {
  pollMs: 1_000,
  heartbeatMs: 15_000,
  pauseMs: 15_000,
  stuckAfterSeconds: 300,
  fromBlock: null,
}

/** The parts of settlement, wired. */
const createParts = (deps: SettlementDeps, given: SettlementOptions, signal: AbortSignal) => {
  const options = { ...DEFAULTS, ...given }
  const { store, chain, clock, log, emit } = deps
  const { account, fees, fromBlock, stuckAfterSeconds } = options
  const outbox = createOutbox(store)
  const book = createTransactionBook({ store, chain, clock })
  const reach = createReach({ clock, log, emit, probe: chain.head }, signal)
  const reserve = createReserve({ chain, log, emit }, { account, reserve: options.reserve })
  const runner = createRunner({ ...deps, outbox, book }, { ...fees, stuckAfterSeconds })
  const index = createEventIndex({ store, chain, log, book }, { account, fromBlock })
  const ends: { answer: (entry: OutboxEntry) => void } = { answer: () => undefined }
  const onEnd = (entry: OutboxEntry) => ends.answer(entry)
  const laneDeps = { chain, clock, outbox, reach, reserve, runner, onEnd }
  const lane = createLane(laneDeps, options, signal)

  // Keeps an eye on the chain while nothing is on its way, and on what a reorganisation could still take back.
  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      await reach.untilAnswered(reserve.look)
      await lane.recheck()
      await clock.wait(options.heartbeatMs, { signal })
    }
  }
  return { outbox, book, reach, reserve, runner, index, lane, watch, ends }
}

/** The durable outbox of the agent's account. */
export const createSettlement = (deps: SettlementDeps, options: SettlementOptions): Settlement => {
  const { chain, log } = deps
  const stopping = new AbortController()
  const { signal } = stopping
  const parts = createParts(deps, options, signal)
  const { outbox, book, reach, reserve, index, lane } = parts
  const running: Promise<void>[] = []
  let isHalted = false

  const halt = (error: unknown): void => {
    if (signal.aborted || isHalted) return
    isHalted = true
    log.error({ code: faultCode(error), err: error }, 'settlement halted, nothing is sent any more')
    desk.rejectAll(error)
  }
  const desk = createFrontDesk({ ...deps, ...parts }, halt)
  parts.ends.answer = desk.answer

  return {
    submit: async (key, call, terms = {}) => {
      if (running.length > 0 && !isHalted && !signal.aborted) return desk.submit(key, call, terms)
      throw settlementFault('SETTLEMENT_STOPPED', 'settlement takes no calls now')
    },
    start: async () => {
      const taken = await outbox.load()
      const count = taken.filter(({ submission }) => !isFinished(submission)).length
      if (count > 0) log.info({ count }, 'transactions taken up')
      lane.push(...taken)
      const jobs = [lane.work(), parts.watch(), reach.untilAnswered(index.start)]
      running.push(...jobs.map((job) => job.catch(halt)))
    },
    stop: async () => {
      stopping.abort(settlementFault('SETTLEMENT_STOPPED', 'settlement stopped'))
      lane.wake()
      await Promise.all(running)
      await index.stop()
      desk.rejectAll(signal.reason)
    },
    balances: () => chain.balances(options.account),
    outbox: () => outbox.views(),
    status: () => ({
      ...reach.state(),
      pending: lane.size(),
      stuck: outbox.views().flatMap(({ status, key }) => (status === 'stuck' ? [key] : [])),
      reserve: reserve.view(),
      isHalted,
    }),
    transactions: book.page,
    transaction: book.get,
  }
}

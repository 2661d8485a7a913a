import { type Address, type Amount, faultCode } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import { isFinished, type Submission } from '../../protocols/settlement/index.ts'
import type { CallTerms, Chain, ChainCall, Clock, Log, Store } from '../ports/index.ts'
import { createOutbox, type OutboxEntry, type OutboxView } from './outbox.ts'
import type { Reach } from './reach.ts'
import { createRunner } from './runner.ts'
import { createWaiters, type Submitted, settlementFault } from './waiters.ts'

export type SettlementDeps = {
  store: Pick<Store, 'collection' | 'commit'>
  chain: Pick<
    Chain,
    'identity' | 'head' | 'balances' | 'allowance' | 'prepare' | 'broadcast' | 'outcome'
  >
  clock: Clock
  log: Log
  emit: Emit
}

export type SettlementOptions = {
  /** The agent's account, whose balances are shown. */
  account: Address
  /** Between two looks at a transaction on its way. */
  pollMs?: number
  /** When a transaction that does not move is shown as stuck. */
  stuckAfterSeconds?: number
}

export type SettlementStatus = Reach & {
  /** How many calls are not finished. */
  pending: number
  /** Keys of those that need somebody's attention. */
  stuck: readonly string[]
  /** Set when the node's memory failed: nothing is sent any more. */
  isHalted: boolean
}

/** The only writer of the agent's account: one call at a time, each to a known end. */
export type Settlement = {
  /** Takes up what an earlier run left unfinished. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Resolves once confirmed. The same key is carried out once, whatever happens between. Throws Fault TX_REVERTED, SETTLEMENT_STOPPED. */
  submit(key: string, call: ChainCall, terms?: CallTerms): Promise<Submitted>
  balances(): Promise<{ native: bigint; token: Amount }>
  outbox(): readonly OutboxView[]
  status(): SettlementStatus
}

// What may already have left holds its nonce, so it goes before everything that has none.
const inSendingOrder = (a: OutboxEntry, b: OutboxEntry): number => {
  const nonceOf = ({ submission }: OutboxEntry) =>
    'transaction' in submission ? submission.transaction.nonce : Number.POSITIVE_INFINITY
  const [first, second] = [nonceOf(a), nonceOf(b)]
  return first === second ? a.order - b.order : first - second
}

/** Calls in the order they are sent, the first one at work until its end is known. */
const createQueue = (run: (entry: OutboxEntry) => Promise<OutboxEntry>, signal: AbortSignal) => {
  const entries: OutboxEntry[] = []
  let wake = Promise.withResolvers<void>()

  const work = async (onEnd: (entry: OutboxEntry) => void): Promise<void> => {
    while (!signal.aborted) {
      const entry = entries[0]
      if (entry === undefined) {
        await wake.promise
        wake = Promise.withResolvers<void>()
        continue
      }
      const ended = await run(entry)
      entries.shift()
      onEnd(ended)
    }
  }

  return {
    work,
    size: () => entries.length,
    has: (key: string) => entries.some((entry) => entry.key === key),
    wake: () => wake.resolve(),
    push: (...added: OutboxEntry[]) => {
      entries.push(...added)
      wake.resolve()
    },
  }
}

// A call that failed in simulation never left, so it may be tried again; every other end is for good.
const isForGood = (submission: Submission): boolean =>
  isFinished(submission) && !(submission.phase === 'reverted' && submission.hash === null)

/** The durable outbox of the agent's account. */
export const createSettlement = (deps: SettlementDeps, options: SettlementOptions): Settlement => {
  const { store, chain, clock, log } = deps
  const outbox = createOutbox(store)
  const stopping = new AbortController()
  const { signal } = stopping
  const { run, save, reach } = createRunner({ ...deps, outbox }, options, signal)
  const queue = createQueue(run, signal)
  const waiters = createWaiters()
  let working: Promise<void> | null = null
  let isHalted = false

  const halt = (error: unknown): void => {
    if (signal.aborted) return
    isHalted = true
    log.error({ code: faultCode(error), err: error }, 'settlement halted, nothing is sent any more')
    waiters.rejectAll(error)
  }

  const enqueue = async (key: string, call: ChainCall): Promise<void> => {
    const known = await outbox.get(key)
    // The call may have come to its end meanwhile, and then its waiter is gone.
    if (!waiters.has(key) || queue.has(key)) return
    if (known !== undefined && isForGood(known.submission)) {
      waiters.answer(key, known.submission)
      return
    }
    const entry = outbox.create(key, call, clock.now())
    await save(entry)
    queue.push(entry)
  }

  const submit = async (key: string, call: ChainCall): Promise<Submitted> => {
    if (working === null || isHalted || signal.aborted) {
      throw settlementFault('SETTLEMENT_STOPPED', 'settlement takes no calls now')
    }
    const { promise, isNew } = waiters.wait(key)
    if (isNew) enqueue(key, call).catch(halt)
    return promise
  }

  return {
    submit,
    start: async () => {
      const unfinished = (await outbox.load()).sort(inSendingOrder)
      if (unfinished.length > 0) log.info({ count: unfinished.length }, 'transactions taken up')
      queue.push(...unfinished)
      working = queue.work(({ key, submission }) => waiters.answer(key, submission)).catch(halt)
    },
    stop: async () => {
      stopping.abort(settlementFault('SETTLEMENT_STOPPED', 'settlement stopped'))
      queue.wake()
      await working
      waiters.rejectAll(signal.reason)
    },
    balances: () => chain.balances(options.account),
    outbox: () => outbox.views(),
    status: () => ({
      ...reach.state(),
      pending: queue.size(),
      stuck: outbox.views().flatMap(({ status, key }) => (status === 'stuck' ? [key] : [])),
      isHalted,
    }),
  }
}

import { Fault, faultCode, type Hash } from '../../protocols/common/index.ts'
import type { Prepared } from '../execution/index.ts'
import type { DealRecord } from './deal-record.ts'
import { collect } from './delivering.ts'
import { failDeal } from './failing.ts'
import { type DealFault, messageOf } from './faults.ts'
import type { ProviderContext } from './provider-deps.ts'
import { work } from './working.ts'

/** The deals under way on this machine. */
export type Workshop = {
  /** Keeps what was fetched for a deal until it starts. */
  keep(agreementHash: Hash, prepared: Prepared): void
  /** Voids a signed deal that is not started in time. */
  expectStart(record: DealRecord): void
  /** Takes up a started or delivered deal; harmless on one that is under way. */
  run(record: DealRecord): void
  /** Ends a deal whose work an earlier run left in its middle, where it cannot be taken up: what was paid for it goes back. */
  breakOff(record: DealRecord): void
  cancel(record: DealRecord): Promise<void>
  /** Waits for everything under way to let go. */
  stop(): Promise<void>
}

/** A requester's clock may be a little behind ours. */
const CLOCK_LEEWAY_SECONDS = 5

const voidIfSigned = async (
  { book, capacity, channel }: ProviderContext,
  { agreementHash, deal }: DealRecord,
  end: { code: DealFault; message: string },
) => {
  const after = await book.move(agreementHash, async ({ journey }) => {
    if (journey.phase !== 'signed') return null
    // A start that a crash cut off may have held money back.
    await channel.finish(agreementHash)
    return { journey: { phase: 'void', end } }
  })
  if (after.journey.phase === 'void') capacity.release(deal.auctionId)
  return after
}

const startLate = async (context: ProviderContext, record: DealRecord, signal: AbortSignal) => {
  const deadline = record.deal.agreement.message.startBy + CLOCK_LEEWAY_SECONDS
  await context.clock.wait(Math.max(0, deadline * 1000 - context.clock.nowMs()), { signal })
  const message = 'the deal was not funded and started in time'
  await voidIfSigned(context, record, { code: 'START_TIMEOUT', message })
}

const carryOut = async (
  context: ProviderContext,
  record: DealRecord,
  { kept, signal }: { kept: Prepared | undefined; signal: AbortSignal },
) => {
  const { book, executor, options, stopping } = context
  const { agreementHash, journey, requester, taskHash } = record
  if (journey.phase === 'delivered') {
    return collect(context, record, { delivery: journey.delivery, signal })
  }
  try {
    const limits = { maxInputBytes: options.maxInputBytes, signal }
    const prepared = kept ?? (await executor.prepare(taskHash, requester, limits))
    await work(context, record, { prepared, signal })
  } catch (error) {
    const now = await book.get(agreementHash)
    // When the node stops the record stays `started`, and recovery answers for it.
    if (stopping.aborted || now?.journey.phase !== 'started') throw error
    const end = { code: faultCode(error), message: messageOf(error), isOurFault: true }
    await failDeal(context, record, end)
  }
}

/** Background work by key, each with its own way to be called off. */
const createJobs = ({ log, stopping }: ProviderContext) => {
  const jobs = new Map<Hash, { abort: AbortController; done: Promise<void> }>()
  return {
    has: (key: Hash) => jobs.has(key),
    abort: (key: Hash, reason: Fault) => jobs.get(key)?.abort.abort(reason),
    add: (key: Hash, job: (signal: AbortSignal) => Promise<void>): void => {
      const abort = new AbortController()
      const signal = AbortSignal.any([abort.signal, stopping])
      const done = job(signal)
        .catch((error) => {
          if (signal.aborted) return
          log.error({ agreementHash: key, code: faultCode(error), error }, 'deal abandoned')
        })
        .finally(() => jobs.delete(key))
      jobs.set(key, { abort, done })
    },
    settled: () => Promise.all([...jobs.values()].map(({ done }) => done)),
  }
}

export const createWorkshop = (context: ProviderContext): Workshop => {
  const waiting = createJobs(context)
  const underWay = createJobs(context)
  const fetched = new Map<Hash, Prepared>()

  return {
    keep: (agreementHash, prepared) => void fetched.set(agreementHash, prepared),

    expectStart: (record) => {
      const { agreementHash, journey } = record
      if (journey.phase !== 'signed' || waiting.has(agreementHash)) return
      waiting.add(agreementHash, (signal) =>
        startLate(context, record, signal).finally(() => fetched.delete(agreementHash)),
      )
    },

    run: (record) => {
      const { agreementHash } = record
      if (underWay.has(agreementHash)) return
      const kept = fetched.get(agreementHash)
      waiting.abort(agreementHash, new Fault('STARTED', 'the deal has started'))
      underWay.add(agreementHash, (signal) => carryOut(context, record, { kept, signal }))
    },

    breakOff: (record) => {
      const message = 'the provider restarted in the middle of the work'
      underWay.add(record.agreementHash, () =>
        failDeal(context, record, { code: 'PROVIDER_RESTARTED', message, isOurFault: true }),
      )
    },

    cancel: async (record) => {
      const message = 'cancelled by the requester'
      const after = await voidIfSigned(context, record, { code: 'CANCELLED', message })
      if (after.journey.phase === 'delivered') {
        throw new Fault<DealFault>('DEAL_OVER', 'the result was delivered already')
      }
      waiting.abort(record.agreementHash, new Fault('CANCELLED', message))
      underWay.abort(record.agreementHash, new Fault('CANCELLED', message))
    },

    stop: async () => {
      await Promise.all([waiting.settled(), underWay.settled()])
    },
  }
}

// A deal's work at its provider, slice by slice, up to the receipt.
import { type Amount, Fault, faultCode } from '../../protocols/common/index.ts'
import {
  costOf,
  DEAL,
  decodeProgressReply,
  dueAfterSlice,
  encodeProgress,
  RECEIPT_OUTCOME,
} from '../../protocols/market/index.ts'
import type { ExecutionResult, Prepared } from '../execution/index.ts'
import type { SliceGate } from '../ports/index.ts'
import { ask, isFinal, RETRY_MS } from './asking.ts'
import type { DealRecord } from './deal-record.ts'
import { collect } from './delivering.ts'
import { endOf, failDeal } from './failing.ts'
import type { ProviderContext } from './provider-deps.ts'
import type { Delivery } from './task-record.ts'
import { createTeller } from './telling.ts'

/** Asks for what is due after a slice and returns what arrived on the channel; tries again while the requester is away. */
const collectSlice = async (
  context: ProviderContext,
  record: DealRecord,
  note: { slice: number; fuelUsed: bigint; paid: Amount; signal: AbortSignal },
): Promise<Amount> => {
  const { channel, clock, digest, options, signer } = context
  const { agreementHash } = record
  const { slice, fuelUsed, paid, signal } = note
  const message = { agreementHash, slice, fuelUsed, paid }
  const body = encodeProgress({ message, signature: signer.sign(digest('Progress', message)) })
  const giveUpAt = clock.now() + options.slicePatienceSeconds
  for (;;) {
    try {
      const reply = decodeProgressReply(
        await ask(context, record, DEAL.PROGRESS).with(body, signal),
      )
      if (!reply) throw new Fault('DEAL_MALFORMED', 'the answer to progress is malformed')
      return await channel.paidFor(agreementHash)
    } catch (error) {
      if (signal.aborted || isFinal(error) || clock.now() >= giveUpAt) throw error
      await clock.wait(RETRY_MS, { signal })
    }
  }
}

/** One run of a task: what calls it off, and how it keeps to its time. */
type Shift = { signal: AbortSignal; schedule: Schedule }
type Schedule = ReturnType<typeof createSchedule>

/** Whether the work is late. The time that it stands still for a payment is the requester's, not the machine's. */
const createSchedule = ({ clock }: ProviderContext, { deal }: DealRecord) => {
  let heldUpMs = 0
  return {
    isLate: () => clock.nowMs() - heldUpMs > deal.agreement.message.deliverBy * 1000,
    whileHeldUp: async <T>(wait: () => Promise<T>): Promise<T> => {
      const since = clock.nowMs()
      try {
        return await wait()
      } finally {
        heldUpMs += clock.nowMs() - since
      }
    },
  }
}

/** Lets the guest go on as long as what it has used is paid, up to the agreed prepayment. */
const sliceGate =
  (context: ProviderContext, record: DealRecord, { schedule, signal }: Shift): SliceGate =>
  async ({ slice, fuelUsed }) => {
    const agreement = record.deal.agreement.message
    if (schedule.isLate()) return 'stop'
    const paid = dueAfterSlice({ agreement, fuelUsed })
    context.emit({
      type: 'task.progress',
      taskId: record.agreementHash,
      role: 'provider',
      slice,
      fuelUsed: String(fuelUsed),
      paid: String(paid),
    })
    try {
      const received = await schedule.whileHeldUp(() =>
        collectSlice(context, record, { slice, fuelUsed, paid, signal }),
      )
      return received >= paid ? 'continue' : 'stop'
    } catch (error) {
      const { agreementHash } = record
      context.log.warn({ agreementHash, slice, code: faultCode(error) }, 'slice not paid')
      return 'stop'
    }
  }

const receiptFor = (
  { clock, digest, signer }: ProviderContext,
  { agreementHash, deal }: DealRecord,
  result: Extract<ExecutionResult, { kind: 'verdict' }>,
): Delivery => {
  const message = {
    agreementHash,
    resultHash: result.resultHash,
    outcome: RECEIPT_OUTCOME[result.verdict],
    exitCode: result.exitCode,
    fuelUsed: result.fuelUsed,
    cost: costOf(deal.agreement.message, result.fuelUsed),
    finishedAt: clock.now(),
  }
  const receiptHash = digest('Receipt', message)
  const receipt = { message, signature: signer.sign(receiptHash) }
  const { outputs, peakRssBytes } = result
  return { receipt, receiptHash, result: outputs, wallMs: Math.round(result.wallMs), peakRssBytes }
}

/** started -> delivered or failed: runs the task slice by slice and signs the receipt. */
export const work = async (
  context: ProviderContext,
  record: DealRecord,
  { prepared, signal }: { prepared: Prepared; signal: AbortSignal },
): Promise<void> => {
  const { book, emit, executor } = context
  const { agreementHash, deal } = record
  const schedule = createSchedule(context, record)
  const result = await executor.run(prepared, {
    sliceFuel: deal.agreement.message.sliceFuel,
    onSlice: sliceGate(context, record, { schedule, signal }),
    onOutput: createTeller(context, record, signal).onOutput,
    signal,
  })
  // When the node stops the record stays `started`, and recovery answers for it.
  context.stopping.throwIfAborted()
  if (schedule.isLate() && !signal.aborted) {
    const message = 'the work was not done in time'
    await failDeal(context, record, { code: 'DELIVERY_TIMEOUT', message, isOurFault: true })
    return
  }
  if (result.kind === 'host-failure') {
    await failDeal(context, record, endOf(result, signal))
    return
  }
  const delivery = receiptFor(context, record, result)
  await book.move(agreementHash, () => ({
    journey: { phase: 'delivered', delivery },
    fuelUsed: result.fuelUsed,
  }))
  emit({
    type: 'task.receipt',
    taskId: agreementHash,
    role: 'provider',
    outcome: result.verdict,
    exitCode: result.exitCode,
    fuelUsed: String(result.fuelUsed),
    cost: String(delivery.receipt.message.cost),
    receiptHash: delivery.receiptHash,
  })
  await collect(context, record, { delivery, signal })
}

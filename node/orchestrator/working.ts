// A deal at its provider, from the start of the work to its payment. Each step is safe to repeat after a crash.
import { type Amount, Fault, faultCode } from '../../protocols/common/index.ts'
import { encodeResultManifest } from '../../protocols/execution/index.ts'
import {
  costOf,
  DEAL,
  decodeDeliverReply,
  decodeProgressReply,
  dueAfterSlice,
  encodeDeliver,
  encodeFail,
  encodeProgress,
  RECEIPT_OUTCOME,
} from '../../protocols/market/index.ts'
import type { ExecutionResult, Prepared } from '../execution/index.ts'
import type { SliceGate } from '../ports/index.ts'
import { acceptDelivery } from './accepting.ts'
import type { DealRecord } from './deal-record.ts'
import { messageOf } from './faults.ts'
import type { ProviderContext } from './provider-deps.ts'
import type { Delivery } from './task-record.ts'

const RETRY_MS = 500
const PAYMENT_CHECK_MS = 1_000
const FAIL_ATTEMPTS = 60
/** A requester's silent acceptance and its payment still have to travel. */
const REVIEW_LEEWAY_SECONDS = 30

const isRemote = (error: unknown): boolean =>
  error instanceof Fault && error.details.remote === true

const ask = ({ options, talk }: ProviderContext, { requester }: DealRecord, type: string) => ({
  with: (body: Parameters<typeof talk.request>[1]['body'], signal: AbortSignal) =>
    talk.request(
      requester,
      { protocol: '/souk/deal/1', type, body },
      { timeoutMs: options.answerTimeoutMs, signal },
    ),
})

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
      if (signal.aborted || isRemote(error) || clock.now() >= giveUpAt) throw error
      await clock.wait(RETRY_MS, { signal })
    }
  }
}

/** Lets the guest go on as long as what it has used is paid, up to the agreed prepayment. */
const sliceGate =
  (context: ProviderContext, record: DealRecord, signal: AbortSignal): SliceGate =>
  async ({ slice, fuelUsed }) => {
    const agreement = record.deal.agreement.message
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
      const received = await collectSlice(context, record, { slice, fuelUsed, paid, signal })
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

type End = { code: string; message: string; isOurFault: boolean }

/** Tells the requester for a while; it also finds out by itself when the delivery is due. */
const tellFailed = async (context: ProviderContext, record: DealRecord, end: End) => {
  const { clock, log, stopping } = context
  const body = encodeFail({ agreementHash: record.agreementHash, ...end })
  for (let attempt = 1; attempt <= FAIL_ATTEMPTS; attempt++) {
    try {
      await ask(context, record, DEAL.FAIL).with(body, stopping)
      return
    } catch (error) {
      if (isRemote(error) || stopping.aborted) return
      log.debug({ agreementHash: record.agreementHash, attempt }, 'failure not delivered yet')
      await clock.wait(RETRY_MS * 2, { signal: stopping })
    }
  }
}

/** Ends a deal without a result. What was paid goes back where the fault is this machine's. */
export const failDeal = async (context: ProviderContext, record: DealRecord, end: End) => {
  const { book, capacity, channel, log } = context
  const { agreementHash, deal } = record
  const refund = end.isOurFault ? await channel.refund(agreementHash) : null
  await channel.finish(agreementHash)
  await book.move(agreementHash, ({ journey }) => ({
    journey: {
      phase: 'failed',
      end: { code: end.code, message: end.message },
      refunded: refund?.message.amount ?? 0n,
      delivery: 'delivery' in journey ? journey.delivery : null,
    },
  }))
  capacity.release(deal.auctionId)
  log.warn({ agreementHash, code: end.code }, 'deal failed')
  await tellFailed(context, record, end)
}

/** The machine did not finish the task; which side bears it follows the table of who pays for what. */
const endOf = ({ code, detail }: { code: string; detail: string }, signal: AbortSignal): End => {
  if (code === 'STOPPED') {
    const message = 'a slice was not paid, so the work stopped there'
    return { code: 'SLICE_UNPAID', message, isOurFault: false }
  }
  if (code === 'CANCELLED') {
    return { code: faultCode(signal.reason), message: messageOf(signal.reason), isOurFault: false }
  }
  return { code, message: detail, isOurFault: code !== 'WALL_TIMEOUT' }
}

/** Hands over the receipt until the requester has it durably. */
const handOver = async (
  context: ProviderContext,
  record: DealRecord,
  { delivery, signal }: { delivery: Delivery; signal: AbortSignal },
): Promise<void> => {
  const { clock, log } = context
  const { receipt, result, wallMs, peakRssBytes } = delivery
  const body = encodeDeliver({
    receipt,
    result: encodeResultManifest(result),
    wallMs,
    peakRssBytes,
  })
  const giveUpAt = reviewEnd(record, delivery)
  for (;;) {
    try {
      const reply = decodeDeliverReply(await ask(context, record, DEAL.DELIVER).with(body, signal))
      if (!reply) throw new Fault('DEAL_MALFORMED', 'the answer to the delivery is malformed')
      if (reply.acceptance) await acceptDelivery(context, record.agreementHash, reply.acceptance)
      return
    } catch (error) {
      if (signal.aborted || isRemote(error) || clock.now() >= giveUpAt) throw error
      log.debug({ agreementHash: record.agreementHash }, 'delivery not heard yet')
      await clock.wait(RETRY_MS, { signal })
    }
  }
}

const reviewEnd = ({ deal }: DealRecord, { receipt }: Delivery): number =>
  receipt.message.finishedAt + deal.agreement.message.reviewSeconds + REVIEW_LEEWAY_SECONDS

/** delivered -> settled or failed: hands over, then waits for the acceptance or for the payment that says the same. */
export const collect = async (
  context: ProviderContext,
  record: DealRecord,
  { delivery, signal }: { delivery: Delivery; signal: AbortSignal },
): Promise<void> => {
  const { book, clock } = context
  const { agreementHash } = record
  const isOpen = async () => (await book.get(agreementHash))?.journey.phase === 'delivered'
  try {
    await handOver(context, record, { delivery, signal })
    while ((await isOpen()) && clock.now() < reviewEnd(record, delivery)) {
      await acceptDelivery(context, agreementHash, null)
      if (await isOpen()) await clock.wait(PAYMENT_CHECK_MS, { signal })
    }
  } catch (error) {
    if (signal.aborted) throw error
    const end = { code: faultCode(error), message: messageOf(error), isOurFault: false }
    if (await isOpen()) await failDeal(context, record, end)
    return
  }
  if (!(await isOpen())) return
  const message = 'the result was delivered and neither accepted nor paid in full'
  await failDeal(context, record, { code: 'ACCEPTANCE_TIMEOUT', message, isOurFault: false })
}

/** started -> delivered or failed: runs the task slice by slice and signs the receipt. */
export const work = async (
  context: ProviderContext,
  record: DealRecord,
  { prepared, signal }: { prepared: Prepared; signal: AbortSignal },
): Promise<void> => {
  const { book, emit, executor } = context
  const { agreementHash, deal } = record
  const result = await executor.run(prepared, {
    sliceFuel: deal.agreement.message.sliceFuel,
    onSlice: sliceGate(context, record, signal),
    signal,
  })
  // When the node stops the record stays `started`, and recovery answers for it.
  context.stopping.throwIfAborted()
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

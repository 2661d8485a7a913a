// How a finished deal gets from its provider to its requester, and the money back. Each step is safe to repeat after a crash.
import { Fault, faultCode, type UnixSeconds } from '../../protocols/common/index.ts'
import { encodeResultManifest } from '../../protocols/execution/index.ts'
import { DEAL, decodeDeliverReply, encodeDeliver } from '../../protocols/market/index.ts'
import { acceptDelivery } from './accepting.ts'
import { ask, isFinal, RETRY_MS } from './asking.ts'
import type { DealRecord } from './deal-record.ts'
import { type End, failDeal } from './failing.ts'
import { messageOf } from './faults.ts'
import type { ProviderContext } from './provider-deps.ts'
import type { Delivery } from './task-record.ts'

const PAYMENT_CHECK_MS = 1_000
/** A provider that was away must first be heard again. */
const RECONNECT_SECONDS = 20
/** As much as a requester waits for what was ready at the last second. */
const DELIVERY_LEEWAY_SECONDS = 5
/** A requester's silent acceptance and its payment still have to travel. */
const REVIEW_LEEWAY_SECONDS = 30

type Handover = { delivery: Delivery; signal: AbortSignal }

/** Hands over the receipt until the requester has it durably. */
const handOver = async (
  context: ProviderContext,
  record: DealRecord,
  { delivery, giveUpAt, signal }: Handover & { giveUpAt: UnixSeconds },
): Promise<void> => {
  const { clock, log } = context
  const { receipt, result, wallMs, peakRssBytes } = delivery
  const body = encodeDeliver({
    receipt,
    result: encodeResultManifest(result),
    wallMs,
    peakRssBytes,
  })
  for (;;) {
    try {
      const reply = decodeDeliverReply(await ask(context, record, DEAL.DELIVER).with(body, signal))
      if (!reply) throw new Fault('DEAL_MALFORMED', 'the answer to the delivery is malformed')
      if (reply.acceptance) await acceptDelivery(context, record.agreementHash, reply.acceptance)
      return
    } catch (error) {
      if (signal.aborted || isFinal(error) || clock.now() >= giveUpAt) throw error
      log.debug({ agreementHash: record.agreementHash }, 'delivery not heard yet')
      await clock.wait(RETRY_MS, { signal })
    }
  }
}

const reviewEnd = ({ deal }: DealRecord, { receipt }: Delivery): UnixSeconds =>
  receipt.message.finishedAt + deal.agreement.message.reviewSeconds + REVIEW_LEEWAY_SECONDS

/** Refused for good. Who comes with its result only after the time for it must give back what it was paid. */
const refusal = (error: unknown, isLate: boolean): End => {
  const isOurFault = isLate && faultCode(error) === 'DEAL_OVER'
  return { code: faultCode(error), message: messageOf(error), isOurFault }
}

/** delivered -> settled or failed: hands over, then waits for the acceptance or for the payment that says the same. */
export const collect = async (
  context: ProviderContext,
  record: DealRecord,
  { delivery, signal }: Handover,
): Promise<void> => {
  const { book, clock } = context
  const { agreementHash, deal } = record
  const isLate = clock.now() > deal.agreement.message.deliverBy + DELIVERY_LEEWAY_SECONDS
  const giveUpAt = Math.max(reviewEnd(record, delivery), clock.now() + RECONNECT_SECONDS)
  const isOpen = async () => (await book.get(agreementHash))?.journey.phase === 'delivered'
  try {
    await handOver(context, record, { delivery, giveUpAt, signal })
    while ((await isOpen()) && clock.now() < giveUpAt) {
      await acceptDelivery(context, agreementHash, null)
      if (await isOpen()) await clock.wait(PAYMENT_CHECK_MS, { signal })
    }
  } catch (error) {
    if (signal.aborted) throw error
    if (await isOpen()) await failDeal(context, record, refusal(error, isLate))
    return
  }
  if (!(await isOpen())) return
  const message = 'the result was delivered and neither accepted nor paid in full'
  await failDeal(context, record, { code: 'ACCEPTANCE_TIMEOUT', message, isOurFault: false })
}

// How a finished deal gets from its provider to its requester, and the money back. Each step is safe to repeat after a crash.
import { Fault, faultCode } from '../../protocols/common/index.ts'
import { encodeResultManifest } from '../../protocols/execution/index.ts'
import { DEAL, decodeDeliverReply, encodeDeliver } from '../../protocols/market/index.ts'
import { acceptDelivery } from './accepting.ts'
import { ask, isFinal, RETRY_MS } from './asking.ts'
import type { DealRecord } from './deal-record.ts'
import { failDeal } from './failing.ts'
import { messageOf } from './faults.ts'
import type { ProviderContext } from './provider-deps.ts'
import type { Delivery } from './task-record.ts'

const PAYMENT_CHECK_MS = 1_000
/** A requester's silent acceptance and its payment still have to travel. */
const REVIEW_LEEWAY_SECONDS = 30

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
      if (signal.aborted || isFinal(error) || clock.now() >= giveUpAt) throw error
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

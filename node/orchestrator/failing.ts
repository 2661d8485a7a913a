// How a deal ends at its provider without a result.
import { faultCode } from '../../protocols/common/index.ts'
import { DEAL, encodeFail } from '../../protocols/market/index.ts'
import { isDealOver } from '../../protocols/orchestration/index.ts'
import { ask, isFinal, RETRY_MS } from './asking.ts'
import type { DealRecord } from './deal-record.ts'
import { messageOf } from './faults.ts'
import type { ProviderContext } from './provider-deps.ts'

const FAIL_ATTEMPTS = 60

/** `isOurFault`: what was paid goes back. */
export type End = { code: string; message: string; isOurFault: boolean }

/** Tells the requester for a while; it also finds out by itself when the delivery is due. */
const tellFailed = async (context: ProviderContext, record: DealRecord, end: End) => {
  const { clock, log, stopping } = context
  const body = encodeFail({ agreementHash: record.agreementHash, ...end })
  for (let attempt = 1; attempt <= FAIL_ATTEMPTS; attempt++) {
    try {
      await ask(context, record, DEAL.FAIL).with(body, stopping)
      return
    } catch (error) {
      if (isFinal(error) || stopping.aborted) return
      log.debug({ agreementHash: record.agreementHash, attempt }, 'failure not delivered yet')
      await clock.wait(RETRY_MS * 2, { signal: stopping }).catch(() => undefined)
    }
  }
}

/** Ends a deal without a result. What was paid goes back where the fault is this machine's. */
export const failDeal = async (context: ProviderContext, record: DealRecord, end: End) => {
  const { book, capacity, channel, log } = context
  const { agreementHash, deal } = record
  const after = await book.move(agreementHash, async ({ journey }) => {
    if (isDealOver(journey.phase)) return null
    if (end.isOurFault) await channel.refund(agreementHash)
    await channel.finish(agreementHash)
    return {
      journey: {
        phase: 'failed',
        end: { code: end.code, message: end.message },
        delivery: 'delivery' in journey ? journey.delivery : null,
      },
    }
  })
  capacity.release(deal.auctionId)
  if (after.journey.phase !== 'failed') return
  log.warn({ agreementHash, code: end.code }, 'deal failed')
  await tellFailed(context, record, end)
}

/** The machine did not finish the task; which side bears it follows the table of who pays for what. */
export const endOf = (
  { code, detail }: { code: string; detail: string },
  signal: AbortSignal,
): End => {
  if (code === 'STOPPED') {
    const message = 'a slice was not paid, so the work stopped there'
    return { code: 'SLICE_UNPAID', message, isOurFault: false }
  }
  if (code === 'CANCELLED') {
    return { code: faultCode(signal.reason), message: messageOf(signal.reason), isOurFault: false }
  }
  return { code, message: detail, isOurFault: code !== 'WALL_TIMEOUT' }
}

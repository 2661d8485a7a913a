// From a running deal to a settled one: the second half of a requester's journey. Each step is safe to repeat after a crash.
import { faultCode, type UnixSeconds } from '../../protocols/common/index.ts'
import { COMPLAINT_REASON, DEAL, encodeAccept } from '../../protocols/market/index.ts'
import type { FinishedWork } from '../../protocols/reputation/index.ts'
import { waitUntil } from './deadline.ts'
import { messageOf } from './faults.ts'
import type { RequesterContext } from './requester-deps.ts'
import type { Deal, Delivery, Journey, TaskAt, TaskEnd } from './task-record.ts'

/** A result that was ready at the last second still has to travel. */
const DELIVERY_LEEWAY_SECONDS = 5
/** A node that was away at the deadline hears only now of a result that was ready in time. */
const RECONNECT_SECONDS = 20
const RETRY_MS = 1_000
const PAY_ATTEMPTS = 5
const ACCEPT_TIMEOUT_MS = 5_000
/** Every accepted result is rated as right: what was wrong is not accepted. */
const RATING_RIGHT = 5

/** The promise is durable here and goes out again at the next Sync: only its acknowledgement is missing. */
const PROMISED = new Set(['PAYMENT_UNACKED', 'PAYMENT_REFUSED'])
/** Nothing is left to pay: slices came to more than the receipt says, or the provider closed the channel on its own deal. */
const NOTHING_TO_PAY = new Set(['PAYMENT_LOWER', 'CHANNEL_CLOSING'])

/** Why a deal failed, and what that says of its provider's work. */
type Failure = { end: TaskEnd; work: FinishedWork }

const workDone = ({ result, wallMs }: Delivery): FinishedWork =>
  result.verdict === 'exit' && result.exitCode === 0
    ? { kind: 'right', wallMs }
    : { kind: 'program-verdict' }

/** Ends a deal that brought nothing: what was paid is the provider's to refund. */
export const fail = async (
  { complaints, scoreboard }: RequesterContext,
  journey: Extract<Journey, { deal: Deal }>,
  { end, work: finished }: Failure,
): Promise<Journey> => {
  const { deal } = journey
  const scoreChange = await scoreboard.count(deal.agreementHash, deal.provider, finished)
  const work = 'work' in journey ? journey.work : null
  const delivery = 'delivery' in journey ? journey.delivery : null
  if (finished.kind === 'provider-fault') {
    const { agreementHash } = deal
    const [reason, evidence] = delivery
      ? [COMPLAINT_REASON.WRONG_RESULT, delivery.receiptHash]
      : [COMPLAINT_REASON.NOT_DELIVERED, agreementHash]
    void complaints.complain({ agreementHash, reason, evidence })
  }
  return { phase: 'failed', deal, work, delivery, end, scoreChange }
}

/** running -> failed at the deadline; null once the provider's message moved the task on. */
export const awaitDelivery = async (
  context: RequesterContext,
  { id, journey }: TaskAt<'running'>,
  signal: AbortSignal,
): Promise<Journey | null> => {
  const { book, clock } = context
  const due = journey.deal.agreement.message.deliverBy + DELIVERY_LEEWAY_SECONDS
  const deadline = Math.max(due, clock.now() + RECONNECT_SECONDS)
  const moved = await waitUntil(clock, { deadline, signal }, (inTime) =>
    book.until(id, (record) => record.journey.phase !== 'running', inTime),
  )
  if (moved) return null
  const message = 'the provider did not deliver in time; what was not paid is free again'
  const failure: Failure = {
    end: { code: 'DELIVERY_TIMEOUT', message },
    work: { kind: 'provider-fault' },
  }
  await book.move(id, (record) =>
    record.journey.phase === 'running' ? fail(context, record.journey, failure) : null,
  )
  return null
}

const fetchResult = (
  { executor, options }: RequesterContext,
  { taskHash, journey: { deal, delivery } }: TaskAt<'delivered'>,
  signal: AbortSignal,
) =>
  executor.fetchResult(
    { result: delivery.result, taskHash, receipt: delivery.receipt.message },
    deal.provider,
    { maxBytes: options.maxResultBytes, signal },
  )

/** Silence counts as consent: a provider must not wait for ever for an owner who went away. */
const awaitApproval = async (
  { book, clock }: RequesterContext,
  { id, deadline }: { id: string; deadline: UnixSeconds },
  signal: AbortSignal,
) => {
  await waitUntil(clock, { deadline, signal }, (inTime) =>
    book.until(id, ({ journey }) => journey.phase !== 'delivered' || journey.approved, inTime),
  )
}

const reviewDeadline = ({ history, journey }: TaskAt<'delivered'>): UnixSeconds =>
  Math.ceil((history.at(-1)?.at ?? 0) / 1000) + journey.deal.agreement.message.reviewSeconds

/** delivered -> accepted: fetches and verifies the result, waits for its owner where asked to, and signs. */
export const review = async (
  context: RequesterContext,
  record: TaskAt<'delivered'>,
  signal: AbortSignal,
): Promise<Journey> => {
  const { clock, digest, signer } = context
  const { deal, delivery, work, approved } = record.journey
  const deadline = reviewDeadline(record)
  try {
    await fetchResult(context, record, signal)
  } catch (error) {
    const code = faultCode(error)
    // A result that cannot be had yet is asked for again; one that is wrong stays wrong.
    if (signal.aborted || (code !== 'RESULT_MISMATCH' && clock.now() < deadline)) throw error
    const message = `the result could not be verified: ${messageOf(error)}`
    return fail(context, record.journey, {
      end: { code, message },
      work: { kind: 'provider-fault' },
    })
  }
  if (record.terms.acceptance === 'manual' && !approved) {
    await awaitApproval(context, { id: record.id, deadline }, signal)
  }
  const message = { receiptHash: delivery.receiptHash, rating: RATING_RIGHT }
  const signature = signer.sign(digest('Acceptance', message))
  return { phase: 'accepted', deal, work, delivery, acceptance: { message, signature } }
}

const isEnough = (code: string, attempt: number): boolean =>
  NOTHING_TO_PAY.has(code) || (attempt >= PAY_ATTEMPTS && PROMISED.has(code))

const payRest = async (
  { channel, clock, log }: RequesterContext,
  { id, journey: { deal, delivery } }: TaskAt<'accepted'>,
  signal: AbortSignal,
) => {
  const payment = {
    key: deal.agreement.message.salt,
    agreementHash: deal.agreementHash,
    paid: delivery.receipt.message.cost,
    memo: delivery.receiptHash,
  }
  for (let attempt = 1; ; attempt++) {
    try {
      await channel.pay(payment, { signal })
      return
    } catch (error) {
      const code = faultCode(error)
      if (signal.aborted) throw error
      if (isEnough(code, attempt)) return
      if (attempt >= PAY_ATTEMPTS) throw error
      log.warn({ task: id, attempt, code }, 'payment not acknowledged')
      await clock.wait(RETRY_MS * attempt, { signal })
    }
  }
}

const sendAcceptance = async (
  { log, talk }: RequesterContext,
  { id, journey: { deal, acceptance } }: TaskAt<'accepted'>,
) => {
  const body = encodeAccept({ agreementHash: deal.agreementHash, acceptance })
  const request = { protocol: '/souk/deal/1', type: DEAL.ACCEPT, body } as const
  try {
    await talk.request(deal.provider, request, { timeoutMs: ACCEPT_TIMEOUT_MS })
  } catch (error) {
    // The payment's memo names the receipt, which says the same.
    log.info({ task: id, code: faultCode(error) }, 'acceptance not delivered')
  }
}

/** accepted -> settled: pays what is still owed and hands over the acceptance. */
export const settle = async (
  context: RequesterContext,
  record: TaskAt<'accepted'>,
  signal: AbortSignal,
): Promise<Journey> => {
  const { channel, scoreboard } = context
  const { deal, delivery, acceptance } = record.journey
  const { agreementHash, provider } = deal
  await payRest(context, record, signal)
  await sendAcceptance(context, record)
  const { paid } = await channel.account(deal.agreement.message.channelId, agreementHash)
  const work = { ...record.journey.work, paid }
  const scoreChange = await scoreboard.count(agreementHash, provider, workDone(delivery))
  return { phase: 'settled', deal, work, delivery, acceptance, scoreChange }
}

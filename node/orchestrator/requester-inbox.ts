// What a provider tells its requester: progress, delivery, failure.
import type { CborValue } from '../../protocols/common/index.ts'
import { Fault, type Hash } from '../../protocols/common/index.ts'
import { decodeResultManifest } from '../../protocols/execution/index.ts'
import {
  checkProgress,
  checkReceipt,
  DEAL,
  DEAL_OUTPUT,
  decodeDeliver,
  decodeFail,
  decodeProgress,
  EMPTY,
  encodeDeliverReply,
  encodeProgressReply,
  sliceMemo,
} from '../../protocols/market/index.ts'
import type { Remote, TalkHandler } from '../ports/index.ts'
import type { DealFault } from './faults.ts'
import { createOutputListener } from './hearing.ts'
import type { RequesterContext } from './requester-deps.ts'
import { fail } from './settling.ts'
import {
  type Deal,
  type Delivery,
  dealOf,
  type Journey,
  type TaskRecord,
  type Work,
} from './task-record.ts'

const NO_WORK: Work = { slice: 0, fuelUsed: 0n, paid: 0n }

const malformed = () => new Fault<DealFault>('DEAL_MALFORMED', 'the message is malformed')

const taskFor = (
  { book }: RequesterContext,
  agreementHash: Hash,
  from: Remote,
): { record: TaskRecord; deal: Deal } => {
  const record = book.byAgreement(agreementHash)
  const deal = record ? dealOf(record.journey) : null
  const isTheirs = deal?.agreementHash === agreementHash && deal.provider === from.agent
  if (record && deal && isTheirs) return { record, deal }
  throw new Fault<DealFault>('DEAL_UNKNOWN', 'no task of yours runs under this agreement here')
}

/** The provider may be quicker with its first message than our record of its start. */
const workUnderWay = (journey: Journey): Work => {
  if (journey.phase === 'running') return journey.work
  if (journey.phase === 'funded') return NO_WORK
  throw new Fault<DealFault>('DEAL_OVER', 'the deal is over')
}

/** A slice has run: pays for it, then lets the next one start. */
const hearProgress = async (
  context: RequesterContext,
  body: CborValue,
  from: Remote,
): Promise<CborValue> => {
  const { book, channel, digest, emit, recover } = context
  const note = decodeProgress(body)
  if (!note) throw malformed()
  const { agreementHash, slice, fuelUsed, paid } = note.message
  const { record, deal } = taskFor(context, agreementHash, from)
  if (recover(digest('Progress', note.message), note.signature) !== deal.provider) {
    throw new Fault<DealFault>('PROGRESS_INVALID', 'the progress is not signed by the provider')
  }
  const agreement = deal.agreement.message
  let isNews = false
  const after = await book.move(record.id, async ({ journey }) => {
    const last = workUnderWay(journey)
    // The same note again: its answer was lost on the way.
    if (last.slice === slice && last.fuelUsed === fuelUsed) return null
    const fault = checkProgress(note.message, { agreement, agreementHash, last })
    if (fault) throw new Fault<DealFault>('PROGRESS_INVALID', `progress refused: ${fault}`)
    if (paid > last.paid) {
      const memo = sliceMemo(agreementHash, slice, paid)
      await channel.pay({ key: agreement.salt, agreementHash, paid, memo })
    }
    isNews = true
    return { phase: 'running', deal, work: { slice, fuelUsed, paid } }
  })
  if (isNews) {
    emit({
      type: 'task.progress',
      taskId: record.id,
      role: 'requester',
      slice,
      fuelUsed: String(fuelUsed),
      paid: String(paid),
    })
  }
  return encodeProgressReply({ paid: workUnderWay(after.journey).paid })
}

const readDelivery = (context: RequesterContext, body: CborValue, from: Remote) => {
  const { digest, recover } = context
  const message = decodeDeliver(body)
  const result = message && decodeResultManifest(message.result)
  if (!message || !result) throw malformed()
  const { receipt, wallMs, peakRssBytes } = message
  const { record, deal } = taskFor(context, receipt.message.agreementHash, from)
  const receiptHash = digest('Receipt', receipt.message)
  if (recover(receiptHash, receipt.signature) !== deal.provider) {
    throw new Fault<DealFault>('RECEIPT_INVALID', 'the receipt is not signed by the provider')
  }
  const { agreementHash } = deal
  const fault = checkReceipt(receipt.message, { agreement: deal.agreement.message, agreementHash })
  if (fault) throw new Fault<DealFault>('RECEIPT_INVALID', `receipt refused: ${fault}`)
  const delivery: Delivery = { receipt, receiptHash, result, wallMs, peakRssBytes }
  return { record, deal, delivery }
}

/** The work is done: the receipt is durable before the provider hears that it arrived. */
const hearDelivery = async (
  context: RequesterContext,
  body: CborValue,
  from: Remote,
): Promise<CborValue> => {
  const { book, emit } = context
  const { record, deal, delivery } = readDelivery(context, body, from)
  const { message } = delivery.receipt
  const isKnown = ({ journey }: TaskRecord) =>
    'delivery' in journey && journey.delivery?.receiptHash === delivery.receiptHash
  let isNews = false
  const after = await book.move(record.id, (current) => {
    if (isKnown(current)) return null
    isNews = true
    const work = workUnderWay(current.journey)
    if (message.fuelUsed < work.fuelUsed) {
      throw new Fault<DealFault>('RECEIPT_INVALID', 'the receipt counts less fuel than its slices')
    }
    return { phase: 'delivered', deal, work, delivery, approved: false }
  })
  if (isNews) {
    emit({
      type: 'task.receipt',
      taskId: record.id,
      role: 'requester',
      outcome: delivery.result.verdict,
      exitCode: message.exitCode,
      fuelUsed: String(message.fuelUsed),
      cost: String(message.cost),
      receiptHash: delivery.receiptHash,
    })
  }
  const acceptance = 'acceptance' in after.journey ? after.journey.acceptance : null
  return encodeDeliverReply({ acceptance })
}

// Time ran out within the task's own limit, or its owner called it off: nobody worked badly.
const BLAMELESS = new Set(['WALL_TIMEOUT', 'CANCELLED'])

/** The provider gives up: what it was paid comes back as a credit over the channel. */
const hearFailure = async (
  context: RequesterContext,
  body: CborValue,
  from: Remote,
): Promise<CborValue> => {
  const message = decodeFail(body)
  if (!message) throw malformed()
  const { record } = taskFor(context, message.agreementHash, from)
  const end = { code: message.code, message: `the provider gave up: ${message.message}` }
  const kind = BLAMELESS.has(message.code) ? 'nobody-at-fault' : 'provider-fault'
  await context.book.move(record.id, ({ journey }) => {
    const { phase } = journey
    const isUnderWay = phase === 'agreed' || phase === 'funded' || phase === 'running'
    return isUnderWay ? fail(context, journey, { end, work: { kind } }) : null
  })
  return EMPTY
}

/** Listens to providers. */
export const serveRequester = (context: RequesterContext): void => {
  const serve = (type: string, hear: typeof hearProgress) => {
    const handler: TalkHandler = (body, from) => hear(context, body, from)
    context.talk.serve('/souk/deal/1', type, handler)
  }
  serve(DEAL.PROGRESS, hearProgress)
  serve(DEAL.DELIVER, hearDelivery)
  serve(DEAL.FAIL, hearFailure)
  context.talk.serve('/souk/deal/1', DEAL_OUTPUT, createOutputListener(context))
}

import {
  type BurstOutcome,
  type ChannelBook,
  type ChannelFault,
  isPaidBack,
  type PayAnswer,
  type PayMessage,
  type PaymentMade,
  payAnswerToWire,
  payFromWire,
  type RefundMade,
  sentOf,
  stampUnclaimed,
  takeBurst,
  within,
} from '../../protocols/channel/index.ts'
import {
  type Amount,
  type CborValue,
  faultCode,
  type Hash,
  type Refund,
} from '../../protocols/common/index.ts'
import type { Remote } from '../ports/index.ts'
import { refresh } from './chain-look.ts'
import { type Desk, wellFormed } from './desk.ts'
import type { Change } from './disk.ts'
import { bookWith } from './meeting.ts'
import { sendRefund } from './sending.ts'

// What this side may not have seen yet, though the payer saw it confirmed.
const UNSEEN: readonly ChannelFault[] = ['CHANNEL_UNCONFIRMED', 'PROMISE_OVER_DEPOSIT']

/** Announces a refund, now or at the next meeting. */
export const tellRefund = (
  desk: Desk,
  { channel: { channelId, peer, role }, deal: { agreementHash, key, refunded } }: RefundMade,
): void => {
  if (agreementHash === null) return
  const amount = refunded.toString()
  desk.deps.emit({ type: 'channel.refunded', channelId, peer, role, agreementHash, amount })
  desk.background('refund', () => sendRefund(desk, channelId, key))
}

export const signRefund =
  ({ deps }: Desk) =>
  (message: Refund) =>
    deps.signer.sign(deps.marketDigest('Refund', message))

const tellPaid = ({ deps }: Desk, { channel, deal }: PaymentMade): void => {
  const { channelId, peer, role } = channel
  if (deal.agreementHash === null || deal.payment === null) return
  const { agreementHash, payment } = deal
  const sums = { amount: payment.amount.toString(), sent: sentOf(channel).toString() }
  deps.emit({ type: 'channel.paid', channelId, peer, role, agreementHash, ...sums })
}

type Outcomes = readonly BurstOutcome[]

const takeAll = (desk: Desk, channelId: Hash, burst: readonly PayMessage[]): Promise<Outcomes> => {
  const { channelDigest: digest, recover, clock } = desk.deps
  const checks = { digest, recover, signRefund: signRefund(desk) }
  const decide = (book: ChannelBook): Change<Outcomes> | ChannelFault => {
    const isBack = isPaidBack(book.channel)
    if (isBack === null) return 'WRONG_ROLE'
    const taken = within(book, isBack, (view) => takeBurst(view, burst, checks))
    if (typeof taken === 'string') return taken
    const { outcomes, ...change } = taken
    const channel = stampUnclaimed(change.channel, clock.now())
    return { ...change, channel, value: outcomes }
  }
  const agreements = burst.map(({ agreementHash }) => agreementHash)
  return desk.shelf.change(channelId, decide, { agreements })
}

const isUnseen = (outcome: BurstOutcome | undefined): boolean =>
  outcome?.type === 'refused' && UNSEEN.includes(outcome.code)

const takeWithLook = async (
  desk: Desk,
  channelId: Hash,
  burst: readonly PayMessage[],
): Promise<Outcomes> => {
  const first = await takeAll(desk, channelId, burst)
  if (!first.some(isUnseen)) return first
  try {
    await refresh(desk, channelId)
  } catch {
    return first
  }
  const again = await takeAll(
    desk,
    channelId,
    burst.filter((_, at) => isUnseen(first[at])),
  )
  let next = 0
  return first.map((outcome) => (isUnseen(outcome) ? (again[next++] as BurstOutcome) : outcome))
}

type Waiting = { message: PayMessage } & PromiseWithResolvers<Amount>

const answer = (desk: Desk, { resolve, reject }: Waiting, outcome: BurstOutcome): void => {
  if (outcome.type === 'refused') {
    reject(outcome.code)
    return
  }
  const { payment, refund } = outcome
  if (payment.isNew) tellPaid(desk, payment)
  if (refund !== null) tellRefund(desk, refund)
  resolve(payment.deal.paid)
}

/** Payments as they come in, channel by channel: those that arrive while the last ones are being written are judged together. */
const createInbox = (desk: Desk, exposed: (channelId: Hash) => void) => {
  const queues = new Map<Hash, Waiting[]>()

  const takeBatch = async (channelId: Hash, batch: readonly Waiting[]): Promise<void> => {
    try {
      const burst = batch.map(({ message }) => message)
      const outcomes = await takeWithLook(desk, channelId, burst)
      batch.forEach((waiting, at) => {
        answer(desk, waiting, outcomes[at] as BurstOutcome)
      })
      exposed(channelId)
    } catch (error) {
      for (const { reject } of batch) reject(faultCode(error))
    }
  }

  const drain = async (channelId: Hash, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) await takeBatch(channelId, queue.splice(0))
    queues.delete(channelId)
  }

  return (message: PayMessage): Promise<Amount> => {
    const { channelId } = message
    const waiting = { message, ...Promise.withResolvers<Amount>() }
    const queue = queues.get(channelId)
    if (queue !== undefined) {
      queue.push(waiting)
      return waiting.promise
    }
    const first = [waiting]
    queues.set(channelId, first)
    // What came in the same message joins it.
    queueMicrotask(() => void drain(channelId, first))
    return waiting.promise
  }
}

/** Answers payments (and says `exposed` after them): each only once it is durable, or with the code that refuses it. */
export const servePayments = (desk: Desk, exposed: (channelId: Hash) => void): void => {
  const take = createInbox(desk, exposed)
  const takeFrom = async (message: PayMessage, from: Remote): Promise<PayAnswer> => {
    try {
      bookWith(desk, message.channelId, from)
    } catch (error) {
      return faultCode(error)
    }
    return take(message).catch((code: string) => code)
  }
  desk.serve('pay', async (body, from): Promise<CborValue> => {
    const messages = wellFormed(payFromWire(body))
    return payAnswerToWire(await Promise.all(messages.map((message) => takeFrom(message, from))))
  })
}

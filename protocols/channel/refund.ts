import type { Refund, Signature, Signed } from '../common/index.ts'
import type { ChannelFault } from './faults.ts'
import { isPaidByA } from './flows.ts'
import type { Checks } from './promise.ts'
import type { ChannelRecord, DealRecord } from './record.ts'

export type RefundMade = { channel: ChannelRecord; deal: DealRecord; isNew: boolean }

const withRefund = (
  channel: ChannelRecord,
  deal: DealRecord,
  refund: NonNullable<DealRecord['refund']>,
): RefundMade => {
  const { amount } = refund.signed.message
  return {
    channel: { ...channel, refundedTotal: channel.refundedTotal + amount - deal.refunded },
    deal: { ...deal, refunded: amount, refund },
    isNew: true,
  }
}

/**
 * Payee: owes back everything that was paid for the agreement, and everything that may still come in for it: a refund of nothing is
 * kept too, and told to nobody. Null where there is no agreement.
 */
export const makeRefund = (
  channel: ChannelRecord,
  deal: DealRecord,
  sign: (message: Refund) => Signature,
): RefundMade | null => {
  if (deal.agreementHash === null) return null
  if (deal.refund !== null && deal.refunded >= deal.paid) return { channel, deal, isNew: false }
  const message = {
    agreementHash: deal.agreementHash,
    channelId: channel.channelId,
    amount: deal.paid,
  }
  return withRefund(channel, deal, {
    signed: { message, signature: sign(message) },
    isAcked: deal.paid === 0n,
  })
}

/**
 * Either side: takes a refund that the payee signed, cumulative per agreement. The payee too, when it is shown one that it has
 * forgotten. `checks` are those of the market's domain.
 */
export const takeRefund = (
  { channel, deal }: { channel: ChannelRecord; deal: DealRecord | undefined },
  signed: Signed<'Refund'>,
  { digest, recover }: Checks,
): RefundMade | ChannelFault => {
  const { message, signature } = signed
  if (message.channelId !== channel.channelId) return 'CHANNEL_UNKNOWN'
  if (deal === undefined || deal.agreementHash !== message.agreementHash) return 'AGREEMENT_UNKNOWN'
  if (message.amount <= deal.refunded) return { channel, deal, isNew: false }
  // A payee that has forgotten its own refund may have forgotten the payment too.
  if (channel.role === 'payer' && message.amount > deal.paid) return 'REFUND_TOO_LARGE'
  const { signerA, signerB } = channel.params
  const payee = isPaidByA(channel) ? signerB : signerA
  if (recover(digest('Refund', message), signature) !== payee) return 'REFUND_SIGNATURE'
  return withRefund(channel, deal, { signed, isAcked: true })
}

import { Fault, type Hash, type Signed } from '../../protocols/common/index.ts'
import type { DealFault } from './faults.ts'
import type { ProviderContext } from './provider-deps.ts'

/**
 * delivered -> settled, once the whole cost is durably promised on the channel: with the requester's acceptance, or with null where
 * only the payment has come. Leaves the deal as it is while money is missing.
 */
export const acceptDelivery = async (
  { book, capacity, channel, digest, recover }: ProviderContext,
  agreementHash: Hash,
  acceptance: Signed<'Acceptance'> | null,
): Promise<void> => {
  const after = await book.move(agreementHash, async ({ journey, requester }) => {
    if (journey.phase !== 'delivered') return null
    const { delivery } = journey
    if (acceptance) {
      const isBound = acceptance.message.receiptHash === delivery.receiptHash
      const signer = recover(digest('Acceptance', acceptance.message), acceptance.signature)
      if (!isBound || signer !== requester) {
        throw new Fault<DealFault>('ACCEPTANCE_INVALID', 'the acceptance is not of this receipt')
      }
    }
    const paid = await channel.paidFor(agreementHash)
    if (paid < delivery.receipt.message.cost) return null
    // Before the end is durable: afterwards nobody would think of it again.
    await channel.finish(agreementHash)
    return { journey: { phase: 'settled', delivery, acceptance } }
  })
  if (after.journey.phase === 'settled') capacity.release(after.deal.auctionId)
}

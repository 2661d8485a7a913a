import { Fault, type Hash, type Signed } from '../../protocols/common/index.ts'
import type { DealJourney } from './deal-record.ts'
import type { DealFault } from './faults.ts'
import type { ProviderContext } from './provider-deps.ts'
import type { Delivery } from './task-record.ts'

/** What still waits to be paid; also where its provider had given up waiting. */
const awaitsPayment = (journey: DealJourney): Delivery | null =>
  journey.phase === 'delivered' || journey.phase === 'failed' ? journey.delivery : null

const requireBound = (
  { digest, recover }: ProviderContext,
  { receiptHash }: Delivery,
  { acceptance, requester }: { acceptance: Signed<'Acceptance'>; requester: Hash },
): void => {
  const { message, signature } = acceptance
  const isBound = message.receiptHash === receiptHash
  if (isBound && recover(digest('Acceptance', message), signature) === requester) return
  throw new Fault<DealFault>('ACCEPTANCE_INVALID', 'the acceptance is not of this receipt')
}

/**
 * delivered -> settled, once the whole cost is durably promised on the channel: with the requester's acceptance, or with null where
 * only the payment has come. A deal that had been given up after its delivery is settled too: its state follows the money. Leaves
 * the deal as it is while money is missing.
 */
export const acceptDelivery = async (
  context: ProviderContext,
  agreementHash: Hash,
  acceptance: Signed<'Acceptance'> | null,
): Promise<void> => {
  const { book, capacity, channel } = context
  const after = await book.move(agreementHash, async ({ journey, requester }) => {
    const delivery = awaitsPayment(journey)
    if (!delivery) return null
    if (acceptance) requireBound(context, delivery, { acceptance, requester })
    const paid = await channel.paidFor(agreementHash)
    if (paid < delivery.receipt.message.cost) return null
    // Before the end is durable: afterwards nobody would think of it again.
    await channel.finish(agreementHash)
    return { journey: { phase: 'settled', delivery, acceptance } }
  })
  if (after.journey.phase === 'settled') capacity.release(after.deal.auctionId)
}

import { dealOf, outgoing } from '../../protocols/channel/index.ts'
import type { Amount, Hash } from '../../protocols/common/index.ts'
import type { Desk } from './desk.ts'

/** What the channels remember of single deals. */
export type Ledger = {
  /** Payer: the keys under which money is held back. */
  reservations(): readonly string[]
  /** What one agreement was paid and what of it was refunded, as far as this side durably knows. */
  account(channelId: Hash, agreementHash: Hash): Promise<{ paid: Amount; refunded: Amount }>
}

export const createLedger = ({ shelf }: Desk): Ledger => ({
  reservations: () =>
    shelf
      .books()
      .flatMap((book) => [...(outgoing(book)?.deals.values() ?? [])])
      .filter(({ phase }) => phase === 'running')
      .map(({ key }) => key),
  account: async (channelId, agreementHash) => {
    const book = shelf.find(channelId)
    const deal =
      book && (dealOf(book, agreementHash) ?? (await shelf.resting(channelId, agreementHash)))
    return { paid: deal?.paid ?? 0n, refunded: deal?.refunded ?? 0n }
  },
})

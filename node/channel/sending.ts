import { ackFromWire, type ChannelBook, refundToWire } from '../../protocols/channel/index.ts'
import type { Amount, CborValue, Hash } from '../../protocols/common/index.ts'
import type { Desk } from './desk.ts'
import { wellFormed } from './desk.ts'

const dealUnder = (desk: Desk, channelId: Hash, key: string) => {
  const book = desk.shelf.find(channelId)
  return { peer: (book as ChannelBook).channel.peer, deal: book?.deals.get(key) }
}

const askAck = async (
  desk: Desk,
  { peer, type, body }: { peer: Hash; type: string; body: CborValue },
  signal?: AbortSignal,
): Promise<Amount> => wellFormed(ackFromWire(await desk.ask(peer, { type, body }, signal)))

/** Payee: sends a refund and notes that it was heard. Payer: shows the payee a refund that it has forgotten. */
export const sendRefund = async (desk: Desk, channelId: Hash, key: string): Promise<void> => {
  const { peer, deal } = dealUnder(desk, channelId, key)
  if (!deal?.refund) return
  const body = refundToWire(deal.refund.signed)
  const heard = await askAck(desk, { peer, type: 'refund', body })
  await desk.shelf.change(channelId, ({ deals }) => {
    const newest = deals.get(key)
    if (!newest?.refund || newest.refund.isAcked || newest.refunded > heard) {
      return { value: undefined }
    }
    const next = { ...newest, refund: { ...newest.refund, isAcked: true } }
    return { deals: [next], value: undefined }
  })
}

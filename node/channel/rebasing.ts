import { rebaseStop, rebaseTermsOf, type Withdrawal } from '../../protocols/channel/index.ts'
import type { Amount, Hash } from '../../protocols/common/index.ts'
import type { ChainCall } from '../ports/index.ts'
import { agree, rebasing } from './agreeing.ts'
import { refresh } from './chain-look.ts'
import { bookOf, carry } from './closing.ts'
import type { Desk } from './desk.ts'
import { refuse } from './refuse.ts'

/** What leaves the channel, in atomic units: to this agent, and to the other side. */
export type RebaseOrder = { out: Amount; outToPeer?: Amount }

const sidesOf = (role: 'payer' | 'payee', { out, outToPeer = 0n }: RebaseOrder): Withdrawal =>
  role === 'payer' ? { outA: out, outB: outToPeer } : { outA: outToPeer, outB: out }

/** Carries a rebase with both signatures to the chain. */
export const submitRebase = async (desk: Desk, channelId: Hash): Promise<void> => {
  const { params, rebase } = bookOf(desk, channelId).channel
  if (rebase === null || rebase.signatureA === null || rebase.signatureB === null) return
  const { terms, signatureA, signatureB } = rebase
  const call: ChainCall = { type: 'rebase', params, rebase: { terms, signatureA, signatureB } }
  await carry(desk, { channelId, name: `rebase:${terms.epoch}:${terms.validUntil}`, call })
}

/**
 * DUPLEX: settles all promises so far, takes money out, and lets the channel go on in a new epoch. Throws Fault CHANNEL_BUSY while
 * deals run, CLOSE_REFUSED where a side has less than is to leave, and what the other side answers.
 */
export const rebase = (desk: Desk, channelId: Hash, order: RebaseOrder): Promise<void> => {
  bookOf(desk, channelId)
  return desk.onChain(channelId, async () => {
    await refresh(desk, channelId)
    const now = await desk.chainTime()
    const book = bookOf(desk, channelId)
    const { channel } = book
    if (channel.rebase?.isAsked !== true) {
      const stop = rebaseStop(book)
      if (stop !== null) throw refuse(stop, { channelId })
      const validUntil = now + desk.options.closeValidSeconds
      const terms = rebaseTermsOf(channel, sidesOf(channel.role, order), validUntil)
      if (terms === null) throw refuse('CLOSE_REFUSED', { channelId })
      await agree(desk, rebasing, { channel, terms, now })
    }
    await submitRebase(desk, channelId)
  })
}

import {
  type ChannelBook,
  type ChannelFault,
  isDuplex,
  moneyStop,
  newChannel,
  ownDepositOf,
  paramsToWire,
} from '../../protocols/channel/index.ts'
import {
  type Address,
  type Amount,
  CHANNEL_MODE,
  type ChannelParams,
  channelIdOf,
  type Hash,
  toHex,
} from '../../protocols/common/index.ts'
import type { Desk } from './desk.ts'
import type { Change } from './disk.ts'
import { resumeDeposit } from './funding.ts'
import { refuse } from './refuse.ts'

export type ChannelMode = 'simplex' | 'duplex'

/** A channel that this agent opens with a deposit of its own, in atomic units. */
export type OpenOrder = { peer: Address; amount: Amount; mode?: ChannelMode }

export const paramsWith = (desk: Desk, peer: Address, mode: ChannelMode): ChannelParams => {
  const { contracts, minWindowSeconds } = desk.deps.chain.identity
  return {
    partyA: desk.self,
    partyB: peer,
    signerA: desk.self,
    signerB: peer,
    token: contracts.token,
    window: Math.max(desk.options.windowSeconds, minWindowSeconds),
    mode: mode === 'duplex' ? CHANNEL_MODE.DUPLEX : CHANNEL_MODE.SIMPLEX,
    salt: BigInt(toHex(desk.deps.chance.bytes(8))),
  }
}

/** Asks the other side to take part in a channel, which it durably does before it answers. */
export const propose = async (desk: Desk, channelId: Hash): Promise<void> => {
  const { channel } = desk.shelf.find(channelId) as ChannelBook
  if (channel.stage.phase !== 'proposed') return
  await desk.ask(channel.peer, { type: 'propose', body: paramsToWire(channel.params) })
  await desk.shelf.change(channelId, (book) =>
    book.channel.stage.phase === 'proposed'
      ? { channel: { ...book.channel, stage: { phase: 'accepted' } }, value: undefined }
      : { value: undefined },
  )
}

const beginDeposit = (desk: Desk, channelId: Hash, amount: Amount): Promise<void> =>
  desk.shelf.change(channelId, ({ channel }): Change<void> | ChannelFault => {
    const { stage, role } = channel
    if (stage.phase === 'accepted') {
      return { channel: { ...channel, stage: { phase: 'opening', amount } }, value: undefined }
    }
    const stop = moneyStop(channel)
    if (stop !== null) return stop
    if (role !== 'payer' && !isDuplex(channel)) return 'WRONG_ROLE'
    if (stage.phase !== 'open' || stage.funding !== null) return 'CHANNEL_BUSY'
    const funding = { amount, target: ownDepositOf(channel) + amount }
    return { channel: { ...channel, stage: { phase: 'open', funding } }, value: undefined }
  })

/** Adds to this agent's own deposit. Throws Fault CHANNEL_BUSY while another deposit is on its way, WRONG_ROLE, FUNDING_FAILED. */
export const fund = async (desk: Desk, channelId: Hash, amount: Amount): Promise<void> => {
  if (desk.shelf.find(channelId) === undefined) throw refuse('CHANNEL_UNKNOWN', { channelId })
  await beginDeposit(desk, channelId, amount)
  await resumeDeposit(desk, channelId)
}

/** Proposes a channel, and opens it once the other side takes part. Throws what the other side answers, or FUNDING_FAILED. */
export const open = async (
  desk: Desk,
  { peer, amount, mode = 'simplex' }: OpenOrder,
): Promise<Hash> => {
  const params = paramsWith(desk, peer, mode)
  const channelId = channelIdOf(params)
  const createdAt = desk.deps.clock.now()
  await desk.shelf.add(newChannel({ channelId, role: 'payer', params, createdAt }))
  desk.synced.add(channelId)
  try {
    await propose(desk, channelId)
  } catch (error) {
    await desk.shelf.forget(channelId, ({ channel, deals }) => {
      const { phase } = channel.stage
      return phase === 'proposed' && deals.size === 0
    })
    throw error
  }
  await fund(desk, channelId, amount)
  return channelId
}

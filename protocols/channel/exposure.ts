import type { Address, Amount, UnixSeconds } from '../common/index.ts'
import { claimableOf, closeAmountsOf, creditOf } from './amounts.ts'
import { ownDepositOf } from './flows.ts'
import type { ChannelRecord } from './record.ts'

/** What this agent risks with one other. Amounts in atomic units of the one token. */
export type PeerExposure = {
  peer: Address
  /** Channels that are not closed, in either direction. */
  channels: number
  /** Promised by the peer and not claimed. */
  unclaimed: Amount
  /** Since when the oldest part of it waits; null where nothing does. */
  oldestSince: UnixSeconds | null
  /** Refunds that the peer signed and this agent has not consumed. */
  credit: Amount
}

/** How much one peer may owe, and for how long, before it is claimed. */
export type ExposureLimits = { maxUnclaimed: Amount | null; maxUnclaimedSeconds: number }

const nothingWith = (peer: Address): PeerExposure => ({
  peer,
  channels: 0,
  unclaimed: 0n,
  oldestSince: null,
  credit: 0n,
})

const older = (a: UnixSeconds | null, b: UnixSeconds | null): UnixSeconds | null =>
  a === null || (b !== null && b < a) ? b : a

const isLive = ({ stage }: ChannelRecord): boolean =>
  stage.phase === 'open' || stage.phase === 'closing'

// In DUPLEX nothing is claimed: what this agent won since its deposit hangs on the next rebase or close.
const unclaimedOf = (channel: ChannelRecord): Amount => {
  if (!isLive(channel)) return 0n
  if (channel.back === null) return channel.role === 'payee' ? claimableOf(channel) : 0n
  const { payA, payB } = closeAmountsOf(channel)
  const won = (channel.role === 'payer' ? payA : payB) - ownDepositOf(channel)
  return won > 0n ? won : 0n
}

/** What is at risk with each peer, over all channels with it. */
export const exposureOf = (channels: Iterable<ChannelRecord>): Map<Address, PeerExposure> => {
  const peers = new Map<Address, PeerExposure>()
  for (const channel of channels) {
    if (channel.stage.phase === 'closed') continue
    const { peer, role, unclaimedSince } = channel
    const known = peers.get(peer) ?? nothingWith(peer)
    peers.set(peer, {
      peer,
      channels: known.channels + 1,
      unclaimed: known.unclaimed + unclaimedOf(channel),
      oldestSince: older(known.oldestSince, unclaimedSince),
      credit: known.credit + (role === 'payer' ? creditOf(channel) : 0n),
    })
  }
  return peers
}

/** Whether what a peer owes must be claimed now. */
export const isOverLimit = (
  { unclaimed, oldestSince }: PeerExposure,
  { maxUnclaimed, maxUnclaimedSeconds }: ExposureLimits,
  now: UnixSeconds,
): boolean => {
  if (unclaimed === 0n) return false
  if (maxUnclaimed !== null && unclaimed >= maxUnclaimed) return true
  return oldestSince !== null && now - oldestSince >= maxUnclaimedSeconds
}

import {
  type Address,
  type Amount,
  channelIdOf,
  type Hash,
  ZERO_ADDRESS,
} from '../../protocols/common/index.ts'
import type { ChainCall } from '../ports/index.ts'

/** What a transaction is about: a channel, an escrow, or an agent's reputation. */
export type Subject = { kind: 'channel' | 'escrow' | 'reputation'; id: Hash | Address }

type Deposit = Extract<ChainCall, { type: 'open-channel' | 'fund-channel' }>

/** Calls that lock money up; everything else gets money out or keeps it safe. */
export const isDeposit = (call: ChainCall): call is Deposit =>
  call.type === 'open-channel' || call.type === 'fund-channel'

/** What the channel contract must be allowed to take for a call; null where it takes no token of this kind. */
export const allowanceFor = (call: ChainCall, token: Address): Amount | null =>
  isDeposit(call) && call.params.token === token ? call.amount : null

/** Native coin, in wei, that a call carries beside its gas. */
export const nativeIn = (call: ChainCall): bigint =>
  isDeposit(call) && call.params.token === ZERO_ADDRESS ? call.amount : 0n

/** What a call is about. */
export const subjectsOf = (call: ChainCall): Subject[] => {
  switch (call.type) {
    case 'approve-token':
    case 'withdraw-credit':
      return []
    case 'claim-batch':
    case 'claim-batch-for':
      return call.claims.map(({ params }) => ({ kind: 'channel', id: channelIdOf(params) }))
    case 'claim':
    case 'claim-for':
    case 'respond':
    case 'respond-for':
      return [{ kind: 'channel', id: channelIdOf(call.claim.params) }]
    case 'open-channel':
    case 'fund-channel':
    case 'rebase':
    case 'start-close':
    case 'settle-channel':
    case 'coop-close':
      return [{ kind: 'channel', id: channelIdOf(call.params) }]
  }
}

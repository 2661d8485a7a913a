import {
  accept,
  type Digester,
  ignore,
  type PayState,
  type RecoverSigner,
  reject,
  type Signed,
  type Verdict,
  ZERO_HASH,
} from '../common/index.ts'
import { sentOf } from './amounts.ts'
import type { ChannelFault } from './faults.ts'
import { isPaidByA } from './flows.ts'
import type { ChannelRecord } from './record.ts'

/** How signatures are checked: digests under the channel contract's domain. */
export type Checks = { digest: Digester; recover: RecoverSigner }

/** Why no money moves over the channel now; null when it may. */
export const moneyStop = ({ stage, freeze, offer, rebase }: ChannelRecord): ChannelFault | null => {
  if (stage.phase === 'closing' || stage.phase === 'closed') return 'CHANNEL_CLOSING'
  if (stage.phase !== 'open') return 'CHANNEL_UNCONFIRMED'
  if (freeze !== null) return 'CHANNEL_FROZEN'
  return offer === null && rebase === null ? null : 'CLOSE_OUTSTANDING'
}

const isWellFormed = (channel: ChannelRecord, message: PayState): boolean =>
  message.channelId === channel.channelId &&
  message.fromA === isPaidByA(channel) &&
  message.lockedTotal === 0n &&
  message.locksRoot === ZERO_HASH

const isSignedByPayer = (
  channel: ChannelRecord,
  { message, signature }: Signed<'PayState'>,
  { digest, recover }: Checks,
): boolean => {
  const { signerA, signerB } = channel.params
  const signer = isPaidByA(channel) ? signerA : signerB
  return recover(digest('PayState', message), signature) === signer
}

/** Whether the payer of this channel signed the promise, whatever its amount; null when it did. */
export const promiseFault = (
  channel: ChannelRecord,
  promise: Signed<'PayState'>,
  checks: Checks,
): ChannelFault | null => {
  if (!isWellFormed(channel, promise.message)) return 'PROMISE_MALFORMED'
  if (promise.message.epoch !== channel.epoch) return 'PROMISE_EPOCH'
  return isSignedByPayer(channel, promise, checks) ? null : 'PROMISE_SIGNATURE'
}

/** Whether the payee takes a promise: only then may it be stored, acknowledged and served for. */
export const judgePromise = (
  channel: ChannelRecord,
  promise: Signed<'PayState'>,
  checks: Checks,
): Verdict<ChannelFault> => {
  const { message } = promise
  if (channel.role !== 'payee') return reject('WRONG_ROLE')
  if (!isWellFormed(channel, message)) return reject('PROMISE_MALFORMED')
  const stop = moneyStop(channel)
  if (stop !== null) return ignore(stop)
  if (message.epoch !== channel.epoch) return reject('PROMISE_EPOCH')
  if (message.sent <= sentOf(channel)) return ignore('PROMISE_STALE')
  // Not blamed: a top-up may be waiting for its confirmations.
  if (message.sent > channel.deposit) return ignore('PROMISE_OVER_DEPOSIT')
  if (!isSignedByPayer(channel, promise, checks)) return reject('PROMISE_SIGNATURE')
  return accept
}

import {
  type ActFor,
  type Address,
  type Amount,
  accept,
  type ChannelParams,
  channelIdOf,
  type Hash,
  ignore,
  reject,
  type Signed,
  type TowerReceipt,
  type UnixSeconds,
  type Verdict,
  ZERO_HASH,
} from '../common/index.ts'
import type { ChannelFault } from './faults.ts'
import type { Checks } from './promise.ts'

/** What a tower is given: a promise that its client received, and the client's leave to use it. */
export type WatchRequest = {
  params: ChannelParams
  promise: Signed<'PayState'>
  authority: Signed<'ActFor'>
}

/** What a tower has taken on. `client` is the agent that asked. */
export type TowerDuty = WatchRequest & { channelId: Hash; client: Address }

/** Longest time for which leave is given at once, in seconds. */
const MAX_DUTY_SECONDS = 60 * 86_400

type TowerScene = { tower: Address; client: Address; now: UnixSeconds }

/** Who is paid by a promise, and who signs for them. */
const payeeOf = (params: ChannelParams, fromA: boolean) =>
  fromA
    ? { party: params.partyB, signer: params.signerB, payer: params.signerA }
    : { party: params.partyA, signer: params.signerA, payer: params.signerB }

const isAbout = ({ params, promise, authority }: WatchRequest): boolean => {
  const channelId = channelIdOf(params)
  const { message } = promise
  const isPlain = message.lockedTotal === 0n && message.locksRoot === ZERO_HASH
  return isPlain && message.channelId === channelId && authority.message.channelId === channelId
}

const isNewer = (request: WatchRequest, known: TowerDuty): boolean => {
  const [next, last] = [request.promise.message, known.promise.message]
  if (next.epoch !== last.epoch) return next.epoch > last.epoch
  if (next.sent !== last.sent) return next.sent > last.sent
  return request.authority.message.validUntil > known.authority.message.validUntil
}

/** Whether a tower takes this on for its client, who is the one that the promise pays. */
export const judgeWatch = (
  request: WatchRequest,
  known: TowerDuty | undefined,
  { tower, client, now, digest, recover }: TowerScene & Checks,
): Verdict<ChannelFault> => {
  const { params, promise, authority } = request
  const { party, signer, payer } = payeeOf(params, promise.message.fromA)
  if (!isAbout(request) || authority.message.tower !== tower) return reject('TOWER_REFUSED')
  if (party !== client) return reject('TOWER_REFUSED')
  const { validUntil } = authority.message
  if (validUntil <= now || validUntil > now + MAX_DUTY_SECONDS) return ignore('TOWER_REFUSED')
  if (known !== undefined && !isNewer(request, known)) return ignore('PROMISE_STALE')
  if (recover(digest('ActFor', authority.message), authority.signature) !== signer) {
    return reject('TOWER_REFUSED')
  }
  const isPayers = recover(digest('PayState', promise.message), promise.signature) === payer
  return isPayers ? accept : reject('PROMISE_SIGNATURE')
}

/** What a tower signs for what it holds. */
export const receiptFor = ({ channelId, promise, authority }: TowerDuty): TowerReceipt => {
  const { epoch, fromA, sent } = promise.message
  return { channelId, epoch, fromA, sent, validUntil: authority.message.validUntil }
}

/** What a client asks a tower for. */
export const leaveFor = (channelId: Hash, tower: Address, validUntil: UnixSeconds): ActFor => ({
  channelId,
  tower,
  validUntil,
})

/** A channel as a tower looks at it; `recorded` is the greatest promise to its client that the contract knows. */
export type WatchedChannel = {
  status: 'none' | 'open' | 'closing' | 'closed'
  epoch: number
  closeAt: UnixSeconds
  recorded: Amount
}

/** The first part of a window is left to the client itself. */
const CLIENT_SHARE = 8

/** What a duty asks of the tower at the chain's time `now`. */
export const towerStep = (
  { params, promise, authority }: TowerDuty,
  { status, epoch, closeAt, recorded }: WatchedChannel,
  now: UnixSeconds,
): 'wait' | 'respond' | 'forget' => {
  if (status === 'closed' || now > authority.message.validUntil) return 'forget'
  if (status !== 'closing' || epoch !== promise.message.epoch) return 'wait'
  if (now >= closeAt || recorded >= promise.message.sent) return 'wait'
  return now >= closeAt - params.window + params.window / CLIENT_SHARE ? 'respond' : 'wait'
}

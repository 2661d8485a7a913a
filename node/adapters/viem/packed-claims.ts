import { concat, numberToHex, size } from 'viem'
import { type Address, CHANNEL_MODE, type Hex } from '../../../protocols/common/index.ts'
import type { ChannelClaim } from '../../ports/index.ts'

/** The arguments of claimBatchPacked: what all channels share, and 137 bytes for each. */
export type PackedClaims = readonly [signerB: Address, token: Address, window: number, items: Hex]

const SIGNATURE_BYTES = 65

const isPackable = ({ params, promise }: ChannelClaim, account: Address): boolean =>
  params.mode === CHANNEL_MODE.SIMPLEX &&
  params.partyB === account &&
  params.signerA === params.partyA &&
  promise.message.epoch === 0 &&
  size(promise.signature) === SIGNATURE_BYTES

const isAlike = (a: ChannelClaim['params'], b: ChannelClaim['params']): boolean =>
  a.signerB === b.signerB && a.token === b.token && a.window === b.window

const itemOf = ({ params, promise }: ChannelClaim): Hex =>
  concat([
    params.partyA,
    numberToHex(params.salt, { size: 8 }),
    numberToHex(promise.message.sent, { size: 12 }),
    promise.message.memo,
    promise.signature,
  ])

/** The claims as claimBatchPacked takes them, a quarter cheaper than claimBatch; null where they are not all of its kind. */
export const packClaims = (
  claims: readonly ChannelClaim[],
  account: Address,
): PackedClaims | null => {
  const [first] = claims
  if (first === undefined) return null
  const { signerB, token, window } = first.params
  const isFit = claims.every(
    (claim) => isPackable(claim, account) && isAlike(claim.params, first.params),
  )
  return isFit ? [signerB, token, window, concat(claims.map(itemOf))] : null
}

import type { ChannelClaim, OnChainChannel, TowerClaim } from '../../node/ports/index.ts'
import {
  type Address,
  type Amount,
  CHANNEL_MODE,
  type ChannelParams,
  channelIdOf,
  type Hash,
} from '../../protocols/common/index.ts'
import { demand, type Scene } from './memory-ledger.ts'

export const isDuplex = ({ mode }: ChannelParams): boolean => mode === CHANNEL_MODE.DUPLEX

/** What the contract holds for a channel. */
export const heldBy = (params: ChannelParams, { deposit, claimed }: OnChainChannel): Amount =>
  isDuplex(params) ? deposit + claimed : deposit - claimed

const STATUSES = ['none', 'open', 'closing', 'closed'] as const

export const requireStatus = (
  id: Hash,
  state: OnChainChannel,
  wanted: OnChainChannel['status'],
): void => demand(state.status === wanted, `WrongStatus(${id}, ${STATUSES.indexOf(state.status)})`)

export const isClaimable = (scene: Scene, state: OnChainChannel): boolean =>
  state.status === 'open' || (state.status === 'closing' && scene.now < state.closeAt)

export const requireBeforeClose = (scene: Scene, id: Hash, state: OnChainChannel): void => {
  if (state.status !== 'open') requireStatus(id, state, 'closing')
  demand(isClaimable(scene, state), `WindowOver(${state.closeAt}, ${scene.now})`)
}

/** SIMPLEX: what a promise is worth beyond what was claimed. */
export const claimable = (sent: Amount, { deposit, claimed }: OnChainChannel): Amount => {
  const due = sent < deposit ? sent : deposit
  return due > claimed ? due - claimed : 0n
}

export const isPromiseBy = (
  scene: Scene,
  { params, promise }: ChannelClaim,
  fromA: boolean,
): boolean => {
  const { message, signature } = promise
  if (message.channelId !== channelIdOf(params) || message.fromA !== fromA) return false
  const signer = fromA ? params.signerA : params.signerB
  return scene.recover(scene.digest('PayState', message), signature) === signer
}

export const requirePromise = (
  scene: Scene,
  claim: ChannelClaim,
  { epoch, fromA }: { epoch: number; fromA: boolean },
): void => {
  const { params, promise } = claim
  demand(promise.message.epoch === epoch, `WrongEpoch(${promise.message.epoch}, ${epoch})`)
  const signer = fromA ? params.signerA : params.signerB
  demand(isPromiseBy(scene, claim, fromA), `NotSignedBy(${signer})`)
}

/** Whose leave the sender has; an expired one reverts. */
export const clientOf = (scene: Scene, { params, authority }: TowerClaim): Address | null => {
  const { message, signature } = authority
  const { validUntil } = message
  demand(scene.now <= validUntil, `AuthorityExpired(${validUntil}, ${scene.now})`)
  if (message.channelId !== channelIdOf(params) || message.tower !== scene.sender) return null
  return scene.recover(scene.digest('ActFor', message), signature)
}

type Both = { digest: Hash; signatureA: `0x${string}`; signatureB: `0x${string}` }

/** Both signers agreed to the same terms. */
export const requireBoth = (
  scene: Scene,
  { signerA, signerB }: ChannelParams,
  { digest, signatureA, signatureB }: Both,
): void => {
  demand(scene.recover(digest, signatureA) === signerA, `NotSignedBy(${signerA})`)
  demand(scene.recover(digest, signatureB) === signerB, `NotSignedBy(${signerB})`)
}

type Terms = { channelId: Hash; epoch: number; validUntil: number }

export const requireTerms = (
  scene: Scene,
  state: OnChainChannel,
  { terms, params }: { terms: Terms; params: ChannelParams },
): void => {
  demand(terms.epoch === state.epoch, `WrongEpoch(${terms.epoch}, ${state.epoch})`)
  demand(scene.now <= terms.validUntil, `TermsExpired(${terms.validUntil}, ${scene.now})`)
  demand(terms.channelId === channelIdOf(params), `NotSignedBy(${params.signerA})`)
}

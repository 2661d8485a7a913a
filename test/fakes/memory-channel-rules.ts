import type {
  ChainCall,
  ChannelClaim,
  CoopCloseProof,
  OnChainChannel,
} from '../../node/ports/index.ts'
import {
  type Address,
  type Amount,
  CHANNEL_MODE,
  type ChannelParams,
  channelIdOf,
  type Hash,
  type Signed,
  ZERO_ADDRESS,
} from '../../protocols/common/index.ts'

import {
  balanceIn,
  channelIn,
  credit,
  demand,
  type Happening,
  type Ledger,
  NO_CHANNEL,
  Revert,
  type Scene,
} from './memory-ledger.ts'

const pull = (
  ledger: Ledger,
  scene: Scene,
  { token, amount }: { token: Address; amount: Amount },
) => {
  const { sender, contract } = scene
  if (token !== ZERO_ADDRESS) {
    const key = `${sender}:${contract}`
    const allowed = ledger.allowances.get(key) ?? 0n
    demand(allowed >= amount, `ERC20InsufficientAllowance(${contract}, ${allowed}, ${amount})`)
    ledger.allowances.set(key, allowed - amount)
  }
  const balance = balanceIn(ledger, token, sender)
  demand(balance >= amount, `ERC20InsufficientBalance(${sender}, ${balance}, ${amount})`)
  credit(ledger, token, { to: sender, amount: -amount })
  credit(ledger, token, { to: contract, amount })
}

const payOut = (
  ledger: Ledger,
  scene: Scene,
  payment: { token: Address; to: Address; amount: Amount },
) => {
  credit(ledger, payment.token, { to: scene.contract, amount: -payment.amount })
  credit(ledger, payment.token, payment)
}

const isPromiseBy = (scene: Scene, params: ChannelParams, promise: Signed<'PayState'>): boolean => {
  const { message } = promise
  if (message.channelId !== channelIdOf(params) || !message.fromA) return false
  return scene.recover(scene.digest('PayState', message), promise.signature) === params.signerA
}

const requirePromise = (scene: Scene, state: OnChainChannel, { params, promise }: ChannelClaim) => {
  const { epoch } = promise.message
  demand(epoch === state.epoch, `WrongEpoch(${epoch}, ${state.epoch})`)
  demand(isPromiseBy(scene, params, promise), `NotSignedBy(${params.signerA})`)
}

const STATUSES = ['none', 'open', 'closing', 'closed'] as const

const requireStatus = (id: Hash, state: OnChainChannel, wanted: OnChainChannel['status']) =>
  demand(state.status === wanted, `WrongStatus(${id}, ${STATUSES.indexOf(state.status)})`)

const isClaimable = (scene: Scene, state: OnChainChannel): boolean =>
  state.status === 'open' || (state.status === 'closing' && scene.now < state.closeAt)

const requireBeforeClose = (scene: Scene, id: Hash, state: OnChainChannel) => {
  if (state.status !== 'open') requireStatus(id, state, 'closing')
  demand(isClaimable(scene, state), `WindowOver(${state.closeAt}, ${scene.now})`)
}

const claimable = (sent: Amount, { deposit, claimed }: OnChainChannel): Amount => {
  const due = sent < deposit ? sent : deposit
  return due > claimed ? due - claimed : 0n
}

const requirePayee = ({ sender }: Scene, { partyB }: ChannelParams) =>
  demand(sender === partyB, `NotPayee(${sender}, ${partyB})`)

type CallOf<Type extends ChainCall['type']> = Extract<ChainCall, { type: Type }>
type Rule<Type extends ChainCall['type']> = (
  ledger: Ledger,
  scene: Scene,
  call: CallOf<Type>,
) => Happening[]

const open: Rule<'open-channel'> = (ledger, scene, { params, amount }) => {
  demand(scene.sender === params.partyA, `NotPayer(${scene.sender}, ${params.partyA})`)
  demand(amount > 0n, 'AmountMissing()')
  demand(params.mode === CHANNEL_MODE.SIMPLEX, `ModeNotSupported(${params.mode})`)
  demand(params.window >= scene.minWindowSeconds, `WindowOutOfRange(${params.window})`)
  demand(params.partyA !== params.partyB, 'PartiesNotDistinct()')
  const id = channelIdOf(params)
  demand(channelIn(ledger, id).status === 'none', `AlreadyUsed(${id})`)
  pull(ledger, scene, { token: params.token, amount })
  ledger.channels.set(id, { ...NO_CHANNEL, status: 'open', deposit: amount })
  return [{ type: 'channel-opened', channelId: id, params, deposit: amount }]
}

const fund: Rule<'fund-channel'> = (ledger, scene, { params, amount }) => {
  demand(scene.sender === params.partyA, `NotPayer(${scene.sender}, ${params.partyA})`)
  demand(amount > 0n, 'AmountMissing()')
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  requireStatus(id, state, 'open')
  pull(ledger, scene, { token: params.token, amount })
  ledger.channels.set(id, { ...state, deposit: state.deposit + amount })
  return [{ type: 'channel-funded', channelId: id, amount }]
}

const recordClaim = (ledger: Ledger, scene: Scene, { params, promise }: ChannelClaim) => {
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  const { sent } = promise.message
  const paid = claimable(sent, state)
  ledger.channels.set(id, { ...state, claimed: state.claimed + paid })
  payOut(ledger, scene, { token: params.token, to: params.partyB, amount: paid })
  return [{ type: 'channel-claimed' as const, channelId: id, sent, paid }]
}

const claim: Rule<'claim'> = (ledger, scene, call) => {
  const { params, promise } = call.claim
  requirePayee(scene, params)
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  requireBeforeClose(scene, id, state)
  const { sent } = promise.message
  demand(claimable(sent, state) > 0n, `NothingToClaim(${sent}, ${state.claimed})`)
  requirePromise(scene, state, call.claim)
  return recordClaim(ledger, scene, call.claim)
}

const claimBatch: Rule<'claim-batch'> = (ledger, scene, { claims }) =>
  claims.flatMap((item) => {
    const state = channelIn(ledger, channelIdOf(item.params))
    const { epoch, sent } = item.promise.message
    if (scene.sender !== item.params.partyB || !isClaimable(scene, state)) return []
    if (epoch !== state.epoch || claimable(sent, state) === 0n) return []
    if (!isPromiseBy(scene, item.params, item.promise)) return []
    return recordClaim(ledger, scene, item)
  })

const startClose: Rule<'start-close'> = (ledger, scene, { params, promise }) => {
  const { sender, now } = scene
  demand(sender === params.partyA || sender === params.partyB, `NotParty(${sender})`)
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  requireStatus(id, state, 'open')
  if (promise !== null) {
    requirePayee(scene, params)
    const { sent } = promise.message
    demand(sent > state.claimed, `PromiseNotGreater(${sent}, ${state.claimed})`)
    requirePromise(scene, state, { params, promise })
    ledger.promised.set(id, sent)
  }
  const closeAt = now + params.window
  ledger.channels.set(id, { ...state, status: 'closing', closeAt })
  return [{ type: 'channel-closing', channelId: id, closeAt }]
}

const respond: Rule<'respond'> = (ledger, scene, call) => {
  const { params, promise } = call.claim
  requirePayee(scene, params)
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  requireStatus(id, state, 'closing')
  requireBeforeClose(scene, id, state)
  const { sent } = promise.message
  demand(sent > state.claimed, `PromiseNotGreater(${sent}, ${state.claimed})`)
  const known = ledger.promised.get(id) ?? 0n
  demand(sent > known, `PromiseNotGreater(${sent}, ${known})`)
  requirePromise(scene, state, call.claim)
  ledger.promised.set(id, sent)
  return []
}

type Split = { params: ChannelParams; payA: Amount; payB: Amount }

const close = (ledger: Ledger, scene: Scene, { params, payA, payB }: Split): Happening[] => {
  const id = channelIdOf(params)
  const { epoch } = channelIn(ledger, id)
  ledger.channels.set(id, { ...NO_CHANNEL, status: 'closed', epoch })
  ledger.promised.delete(id)
  payOut(ledger, scene, { token: params.token, to: params.partyA, amount: payA })
  payOut(ledger, scene, { token: params.token, to: params.partyB, amount: payB })
  return [{ type: 'channel-settled', channelId: id, payA, payB }]
}

const settle: Rule<'settle-channel'> = (ledger, scene, { params }) => {
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  requireStatus(id, state, 'closing')
  demand(scene.now >= state.closeAt, `WindowNotOver(${state.closeAt}, ${scene.now})`)
  const payB = claimable(ledger.promised.get(id) ?? 0n, state)
  return close(ledger, scene, { params, payA: state.deposit - state.claimed - payB, payB })
}

const requireClosers = (scene: Scene, params: ChannelParams, proof: CoopCloseProof) => {
  const digest = scene.digest('CoopClose', proof.terms)
  const signers = [scene.recover(digest, proof.signatureA), scene.recover(digest, proof.signatureB)]
  demand(proof.terms.channelId === channelIdOf(params), `NotSignedBy(${params.signerA})`)
  demand(signers[0] === params.signerA, `NotSignedBy(${params.signerA})`)
  demand(signers[1] === params.signerB, `NotSignedBy(${params.signerB})`)
}

const coopClose: Rule<'coop-close'> = (ledger, scene, call) => {
  const { terms } = call.close
  const id = channelIdOf(call.params)
  const state = channelIn(ledger, id)
  if (state.status !== 'closing') requireStatus(id, state, 'open')
  demand(terms.epoch === state.epoch, `WrongEpoch(${terms.epoch}, ${state.epoch})`)
  demand(scene.now <= terms.validUntil, `TermsExpired(${terms.validUntil}, ${scene.now})`)
  const held = state.deposit - state.claimed
  demand(terms.payA + terms.payB === held, `TermsDoNotAddUp(${terms.payA + terms.payB}, ${held})`)
  requireClosers(scene, call.params, call.close)
  return close(ledger, scene, { params: call.params, payA: terms.payA, payB: terms.payB })
}

const withdrawCredit: Rule<'withdraw-credit'> = (_, { sender }, { token }) => {
  // No receiver of the fake ever refuses a payout.
  throw new Revert(`NoCredit(${token}, ${sender})`)
}

const approve: Rule<'approve-token'> = (ledger, { sender }, { spender, amount }) => {
  ledger.allowances.set(`${sender}:${spender}`, amount)
  return []
}

const rules: { [Type in ChainCall['type']]: Rule<Type> } = {
  'open-channel': open,
  'fund-channel': fund,
  claim,
  'claim-batch': claimBatch,
  'start-close': startClose,
  respond,
  'settle-channel': settle,
  'coop-close': coopClose,
  'withdraw-credit': withdrawCredit,
  'approve-token': approve,
}

/** Carries one call out; throws Revert, and then the ledger may be half changed: work on a copy. */
export const applyCall = (ledger: Ledger, scene: Scene, call: ChainCall): Happening[] =>
  (rules[call.type] as Rule<typeof call.type>)(ledger, scene, call as never)

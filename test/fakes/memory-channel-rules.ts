import type { ChainCall, ChannelClaim, TowerClaim } from '../../node/ports/index.ts'
import {
  type Address,
  type Amount,
  type ChannelParams,
  channelIdOf,
  type Hash,
} from '../../protocols/common/index.ts'
import {
  channelIn,
  demand,
  type Happening,
  type Ledger,
  NO_CHANNEL,
  promisedIn,
  type Scene,
} from './memory-ledger.ts'
import { payCredit, payOut, pull } from './memory-payouts.ts'
import {
  claimable,
  clientOf,
  heldBy,
  isClaimable,
  isDuplex,
  isPromiseBy,
  requireBeforeClose,
  requireBoth,
  requirePromise,
  requireStatus,
  requireTerms,
} from './memory-promises.ts'

type CallOf<Type extends ChainCall['type']> = Extract<ChainCall, { type: Type }>
type Rule<Type extends ChainCall['type']> = (
  ledger: Ledger,
  scene: Scene,
  call: CallOf<Type>,
) => Happening[]

const requireDepositor = ({ sender }: Scene, params: ChannelParams): 'A' | 'B' => {
  if (sender === params.partyA) return 'A'
  demand(isDuplex(params), `NotPayer(${sender}, ${params.partyA})`)
  demand(sender === params.partyB, `NotParty(${sender})`)
  return 'B'
}

const open: Rule<'open-channel'> = (ledger, scene, { params, amount }) => {
  const by = requireDepositor(scene, params)
  demand(amount > 0n, 'AmountMissing()')
  demand(params.mode <= 1, `ModeNotSupported(${params.mode})`)
  demand(params.window >= scene.minWindowSeconds, `WindowOutOfRange(${params.window})`)
  demand(params.partyA !== params.partyB, 'PartiesNotDistinct()')
  const id = channelIdOf(params)
  demand(channelIn(ledger, id).status === 'none', `AlreadyUsed(${id})`)
  pull(ledger, scene, { token: params.token, amount })
  const deposit = by === 'A' ? amount : 0n
  ledger.channels.set(id, { ...NO_CHANNEL, status: 'open', deposit, claimed: amount - deposit })
  const opened: Happening = { type: 'channel-opened', channelId: id, params, deposit }
  if (by === 'A') return [opened]
  return [opened, { type: 'channel-funded', channelId: id, by, amount, deposit: amount }]
}

const fund: Rule<'fund-channel'> = (ledger, scene, { params, amount }) => {
  const by = requireDepositor(scene, params)
  demand(amount > 0n, 'AmountMissing()')
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  requireStatus(id, state, 'open')
  pull(ledger, scene, { token: params.token, amount })
  const side = by === 'A' ? 'deposit' : 'claimed'
  const deposit = state[side] + amount
  ledger.channels.set(id, { ...state, [side]: deposit })
  return [{ type: 'channel-funded', channelId: id, by, amount, deposit }]
}

const recordClaim = (
  ledger: Ledger,
  scene: Scene,
  { params, promise }: ChannelClaim,
): Happening[] => {
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  const { sent } = promise.message
  const paid = claimable(sent, state)
  ledger.channels.set(id, { ...state, claimed: state.claimed + paid })
  payOut(ledger, scene, { token: params.token, to: params.partyB, amount: paid })
  return [{ type: 'channel-claimed', channelId: id, sent, paid }]
}

const claimOne = (ledger: Ledger, scene: Scene, item: ChannelClaim): Happening[] => {
  const { params, promise } = item
  demand(!isDuplex(params), `ModeNotSupported(${params.mode})`)
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  requireBeforeClose(scene, id, state)
  const { sent } = promise.message
  demand(claimable(sent, state) > 0n, `NothingToClaim(${sent}, ${state.claimed})`)
  requirePromise(scene, item, { epoch: state.epoch, fromA: true })
  return recordClaim(ledger, scene, item)
}

const claimOrSkip = (ledger: Ledger, scene: Scene, item: ChannelClaim): Happening[] => {
  const state = channelIn(ledger, channelIdOf(item.params))
  const { epoch, sent } = item.promise.message
  if (isDuplex(item.params) || epoch !== state.epoch) return []
  if (!isClaimable(scene, state) || claimable(sent, state) === 0n) return []
  return isPromiseBy(scene, item, true) ? recordClaim(ledger, scene, item) : []
}

const requireTower = (scene: Scene, claim: TowerClaim): Address => {
  const { signerA, signerB } = claim.params
  const client = clientOf(scene, claim)
  demand(client === signerB || client === signerA, `NotTower(${scene.sender})`)
  return client as Address
}

const isTowerOf = (scene: Scene, item: TowerClaim): boolean =>
  scene.now <= item.authority.message.validUntil && clientOf(scene, item) === item.params.signerB

const claim: Rule<'claim'> = (ledger, scene, call) => {
  const { partyB } = call.claim.params
  demand(scene.sender === partyB, `NotPayee(${scene.sender}, ${partyB})`)
  return claimOne(ledger, scene, call.claim)
}

const claimFor: Rule<'claim-for'> = (ledger, scene, call) => {
  demand(clientOf(scene, call.claim) === call.claim.params.signerB, `NotTower(${scene.sender})`)
  return claimOne(ledger, scene, call.claim)
}

const claimBatch: Rule<'claim-batch'> = (ledger, scene, { claims }) =>
  claims.flatMap((item) =>
    scene.sender === item.params.partyB ? claimOrSkip(ledger, scene, item) : [],
  )

const claimBatchFor: Rule<'claim-batch-for'> = (ledger, scene, { claims }) =>
  claims.flatMap((item) => (isTowerOf(scene, item) ? claimOrSkip(ledger, scene, item) : []))

const rebase: Rule<'rebase'> = (ledger, scene, { params, rebase: { terms, ...signatures } }) => {
  demand(isDuplex(params), `ModeNotSupported(${params.mode})`)
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  requireStatus(id, state, 'open')
  const { newDepA: depositA, newDepB: depositB, outA, outB } = terms
  requireTerms(scene, state, { terms, params })
  const [proposed, held] = [depositA + depositB + outA + outB, heldBy(params, state)]
  demand(proposed === held, `TermsDoNotAddUp(${proposed}, ${held})`)
  requireBoth(scene, params, { digest: scene.digest('Rebase', terms), ...signatures })
  const epoch = state.epoch + 1
  ledger.channels.set(id, { ...state, deposit: depositA, claimed: depositB, epoch })
  payOut(ledger, scene, { token: params.token, to: params.partyA, amount: outA })
  payOut(ledger, scene, { token: params.token, to: params.partyB, amount: outB })
  return [{ type: 'channel-rebased', channelId: id, epoch, depositA, depositB, outA, outB }]
}

type Record = { ledger: Ledger; scene: Scene; fromA: boolean }

const record = ({ ledger, scene, fromA }: Record, item: ChannelClaim): Happening[] => {
  const { params, promise } = item
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  const { sent } = promise.message
  const known = promisedIn(ledger, id)
  const most = fromA ? known.fromA : known.fromB
  demand(sent > most, `PromiseNotGreater(${sent}, ${most})`)
  if (!isDuplex(params)) {
    demand(fromA, `NotPayee(${scene.sender}, ${params.partyB})`)
    demand(sent > state.claimed, `PromiseNotGreater(${sent}, ${state.claimed})`)
  }
  requirePromise(scene, item, { epoch: state.epoch, fromA })
  ledger.promised.set(id, { ...known, [fromA ? 'fromA' : 'fromB']: sent })
  return [{ type: 'channel-responded', channelId: id, fromA, sent }]
}

const requireParty = ({ sender }: Scene, { partyA, partyB }: ChannelParams): void =>
  demand(sender === partyA || sender === partyB, `NotParty(${sender})`)

const startClose: Rule<'start-close'> = (ledger, scene, { params, promise }) => {
  requireParty(scene, params)
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  requireStatus(id, state, 'open')
  const fromA = scene.sender === params.partyB
  const heard = promise === null ? [] : record({ ledger, scene, fromA }, { params, promise })
  const closeAt = scene.now + params.window
  ledger.channels.set(id, { ...state, status: 'closing', closeAt })
  return [{ type: 'channel-closing', channelId: id, closeAt }, ...heard]
}

const recordInWindow = (context: Record, item: ChannelClaim): Happening[] => {
  const id = channelIdOf(item.params)
  const state = channelIn(context.ledger, id)
  requireStatus(id, state, 'closing')
  requireBeforeClose(context.scene, id, state)
  return record(context, item)
}

const respond: Rule<'respond'> = (ledger, scene, call) => {
  requireParty(scene, call.claim.params)
  const fromA = scene.sender === call.claim.params.partyB
  return recordInWindow({ ledger, scene, fromA }, call.claim)
}

const respondFor: Rule<'respond-for'> = (ledger, scene, call) => {
  const fromA = requireTower(scene, call.claim) === call.claim.params.signerB
  return recordInWindow({ ledger, scene, fromA }, call.claim)
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

const splitOf = (ledger: Ledger, id: Hash, params: ChannelParams): Omit<Split, 'params'> => {
  const state = channelIn(ledger, id)
  const { fromA, fromB } = promisedIn(ledger, id)
  const held = heldBy(params, state)
  if (!isDuplex(params)) {
    const payB = claimable(fromA, state)
    return { payA: held - payB, payB }
  }
  const due = state.deposit + fromB - fromA
  const least = due > 0n ? due : 0n
  const payA = least < held ? least : held
  return { payA, payB: held - payA }
}

const settle: Rule<'settle-channel'> = (ledger, scene, { params }) => {
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  requireStatus(id, state, 'closing')
  demand(scene.now >= state.closeAt, `WindowNotOver(${state.closeAt}, ${scene.now})`)
  return close(ledger, scene, { params, ...splitOf(ledger, id, params) })
}

const coopClose: Rule<'coop-close'> = (ledger, scene, { params, close: proof }) => {
  const { terms, ...signatures } = proof
  const id = channelIdOf(params)
  const state = channelIn(ledger, id)
  if (state.status !== 'closing') requireStatus(id, state, 'open')
  requireTerms(scene, state, { terms, params })
  const { payA, payB } = terms
  const held = heldBy(params, state)
  demand(payA + payB === held, `TermsDoNotAddUp(${payA + payB}, ${held})`)
  requireBoth(scene, params, { digest: scene.digest('CoopClose', terms), ...signatures })
  return close(ledger, scene, { params, payA, payB })
}

const withdrawCredit: Rule<'withdraw-credit'> = (ledger, scene, { token }) => {
  payCredit(ledger, scene, token)
  return []
}

const approve: Rule<'approve-token'> = (ledger, { sender }, { spender, amount }) => {
  ledger.allowances.set(`${sender}:${spender}`, amount)
  return []
}

const rules: { [Type in ChainCall['type']]: Rule<Type> } = {
  'open-channel': open,
  'fund-channel': fund,
  claim,
  'claim-for': claimFor,
  'claim-batch': claimBatch,
  'claim-batch-for': claimBatchFor,
  rebase,
  'start-close': startClose,
  respond,
  'respond-for': respondFor,
  'settle-channel': settle,
  'coop-close': coopClose,
  'withdraw-credit': withdrawCredit,
  'approve-token': approve,
}

/** Carries one call out; throws Revert, and then the ledger may be half changed: work on a copy. */
export const applyCall = (ledger: Ledger, scene: Scene, call: ChainCall): Happening[] =>
  (rules[call.type] as Rule<typeof call.type>)(ledger, scene, call as never)

import {
  type Address,
  type Amount,
  CHANNEL_MODE,
  type ChannelParams,
  type CoopClose,
  type Hash,
  type Rebase,
  type Signature,
  type Signed,
  type UnixSeconds,
} from '../common/index.ts'

export type ChannelRole = 'payer' | 'payee'

/**
 * Where a channel stands. `proposed` and `opening` exist at the payer only. `opening` and `funding` were handed to settlement, and
 * their outcome is not known yet; `target` is the deposit once it is. `responded` is what the payee put on chain while closing.
 */
export type ChannelStage =
  | { phase: 'proposed' }
  | { phase: 'accepted' }
  | { phase: 'opening'; amount: Amount }
  | { phase: 'open'; funding: { amount: Amount; target: Amount } | null }
  | { phase: 'closing'; closeAt: UnixSeconds; responded: Amount }
  | { phase: 'closed'; payA: Amount | null; payB: Amount | null }

/** Terms that this side has signed. `isAsked`: it asked, holds both signatures, and carries them to the chain. */
export type Offer<Terms> = {
  terms: Terms
  signatureA: Signature | null
  signatureB: Signature | null
  isAsked: boolean
}
export type CloseOffer = Offer<CoopClose>
export type RebaseOffer = Offer<Rebase>

/** What is promised in one direction, and what backs it. */
export type Flow = {
  deposit: Amount
  promise: Signed<'PayState'> | null
  paidTotal: Amount
  refundedTotal: Amount
}

/** What stops a channel until its operator looks at it. */
export type Freeze = { code: 'STALE_RESTORE' | 'PARAMS_CONFLICT'; since: UnixSeconds }

/** The owner wants the channel closed. `isForced`: alone, whatever runs over it. */
export type Leaving = { isForced: boolean; since: UnixSeconds }

/**
 * What one side durably knows of a channel. In DUPLEX partyA has the role of the payer, the fields that a SIMPLEX channel has too are of
 * partyA's payments, and `back` is of partyB's. `deposit`, `claimed` and `epoch` are the chain's, confirmed. `promise` is the
 * newest signed by the payer; `paidTotal` and `refundedTotal` are sums over all its agreements. `failedCalls` tells retries of chain calls apart. `unclaimedSince`: since when the payee
 * holds something it could claim.
 */
export type ChannelRecord = {
  channelId: Hash
  role: ChannelRole
  peer: Address
  params: ChannelParams
  createdAt: UnixSeconds
  deposit: Amount
  claimed: Amount
  epoch: number
  promise: Signed<'PayState'> | null
  paidTotal: Amount
  refundedTotal: Amount
  back: Flow | null
  offer: CloseOffer | null
  rebase: RebaseOffer | null
  freeze: Freeze | null
  failedCalls: number
  leaving: Leaving | null
  unclaimedSince: UnixSeconds | null
  stage: ChannelStage
  /** Payments that the other side showed and this one has forgotten: a deal that turns out to be one of them goes on from there. */
  recalled?: readonly RecalledPayment[]
}

/** What an agreement was paid in all, known from the other side alone. */
export type RecalledPayment = { agreementHash: Hash; paid: Amount }

/** The newest payment of one agreement. `paid` is cumulative, `amount` its last increase; `promise` is null where credit covered it all. */
export type Payment = {
  paid: Amount
  amount: Amount
  memo: Hash
  promise: Signed<'PayState'> | null
  isAcked: boolean
}

/** A refund as the payee signed it, cumulative per agreement. */
export type RefundNote = { signed: Signed<'Refund'>; isAcked: boolean }

/**
 * One agreement over a channel. `key` is the payer's name for it (the payee uses the agreement hash); `amount` is the most it can
 * cost. A running deal holds back what is not paid yet.
 */
export type DealRecord = {
  channelId: Hash
  key: string
  /** DUPLEX: partyB pays. */
  isBack: boolean
  agreementHash: Hash | null
  amount: Amount
  paid: Amount
  refunded: Amount
  phase: 'running' | 'over'
  payment: Payment | null
  refund: RefundNote | null
}

/** A channel with the deals that are not at rest, by their keys. */
export type ChannelBook = {
  channel: ChannelRecord
  deals: ReadonlyMap<string, DealRecord>
}

/** Most deals that may run over one channel at a time. */
export const MAX_RUNNING_DEALS = 128

type Beginning = Pick<ChannelRecord, 'channelId' | 'role' | 'params' | 'createdAt'>

/** A direction in which nothing was promised. */
export const emptyFlow = (deposit: Amount = 0n): Flow => ({
  deposit,
  promise: null,
  paidTotal: 0n,
  refundedTotal: 0n,
})

/** A channel that nothing has happened to yet. */
export const newChannel = (beginning: Beginning): ChannelRecord => ({
  ...beginning,
  peer: beginning.role === 'payer' ? beginning.params.partyB : beginning.params.partyA,
  deposit: 0n,
  claimed: 0n,
  epoch: 0,
  promise: null,
  paidTotal: 0n,
  refundedTotal: 0n,
  back: beginning.params.mode === CHANNEL_MODE.DUPLEX ? emptyFlow() : null,
  offer: null,
  rebase: null,
  freeze: null,
  failedCalls: 0,
  leaving: null,
  unclaimedSince: null,
  stage: { phase: beginning.role === 'payer' ? 'proposed' : 'accepted' },
})

/** A deal that nothing has been paid for yet. */
export const newDeal = (
  start: Pick<DealRecord, 'channelId' | 'key' | 'agreementHash' | 'amount'> &
    Partial<Pick<DealRecord, 'isBack'>>,
): DealRecord => ({
  isBack: false,
  ...start,
  paid: 0n,
  refunded: 0n,
  phase: 'running',
  payment: null,
  refund: null,
})

/** Over, and everything that was said about it was heard. */
export const isAtRest = (deal: DealRecord): boolean =>
  deal.phase === 'over' && deal.payment?.isAcked !== false && deal.refund?.isAcked !== false

export const dealOf = (book: ChannelBook, agreementHash: Hash): DealRecord | undefined => {
  const byKey = book.deals.get(agreementHash)
  if (byKey?.agreementHash === agreementHash) return byKey
  for (const deal of book.deals.values()) if (deal.agreementHash === agreementHash) return deal
  return undefined
}

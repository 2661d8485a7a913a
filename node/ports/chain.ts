import type {
  Address,
  Amount,
  ChannelParams,
  Hash,
  Hex,
  Signed,
  UnixSeconds,
} from '../../protocols/common/index.ts'

export type ChannelStatus = 'none' | 'open' | 'closing' | 'closed'

/**
 * A channel as the contract has it. `deposit` is partyA's; `claimed` is what partyB took out of a SIMPLEX channel, and partyB's deposit
 * in a DUPLEX one. `closeAt` is 0 unless closing.
 */
export type OnChainChannel = {
  status: ChannelStatus
  deposit: Amount
  claimed: Amount
  epoch: number
  closeAt: UnixSeconds
}

export type ChannelClaim = { params: ChannelParams; promise: Signed<'PayState'> }

/** A claim or an answer that this account makes for another agent, with that agent's leave. */
export type TowerClaim = ChannelClaim & { authority: Signed<'ActFor'> }

/**
 * Everything the node asks of the contracts. Each becomes one transaction (allowances are the adapter's own business). In open-channel
 * and fund-channel `amount` is this account's own deposit; in DUPLEX either party may open and fund.
 */
export type ChainCall =
  | { type: 'open-channel'; params: ChannelParams; amount: Amount }
  | { type: 'fund-channel'; params: ChannelParams; amount: Amount }
  | { type: 'claim'; claim: ChannelClaim }
  | { type: 'claim-for'; claim: TowerClaim }
  | { type: 'claim-batch'; claims: readonly ChannelClaim[] }
  | { type: 'claim-batch-for'; claims: readonly TowerClaim[] }
  | { type: 'rebase'; params: ChannelParams; rebase: RebaseProof }
  | { type: 'start-close'; params: ChannelParams; promise: Signed<'PayState'> | null }
  | { type: 'respond'; claim: ChannelClaim }
  | { type: 'respond-for'; claim: TowerClaim }
  | { type: 'settle-channel'; params: ChannelParams }
  | { type: 'coop-close'; params: ChannelParams; close: CoopCloseProof }
  | { type: 'withdraw-credit'; token: Address }
  | { type: 'approve-token'; spender: Address; amount: Amount }

export type CoopCloseProof = {
  terms: Signed<'CoopClose'>['message']
  signatureA: Hex
  signatureB: Hex
}

/** What both signers agreed to for a DUPLEX channel that goes on. */
export type RebaseProof = {
  terms: Signed<'Rebase'>['message']
  signatureA: Hex
  signatureB: Hex
}

/** How a call weighs cost against time; both may be left out. */
export type CallTerms = {
  /** Last second at which the call is of use. The nearer it is, the more is offered. */
  deadline?: UnixSeconds
  /** `thrifty` waits for low fees as long as its deadline allows; `urgent` may offer what the urgent cap allows at once. */
  urgency?: 'thrifty' | 'normal' | 'urgent'
}

/** What may be offered for a unit of gas: never more than `cap` wei; the tip in percent of the usual one. */
export type FeeOrder = { cap: bigint; tipPercent: number }

/** What gas costs now: base fee and usual tip, and the middle base fee of late, in wei per unit. */
export type FeeLevel = { base: bigint; tip: bigint; usualBase: bigint }

/** A signed transaction whose hash is known before it leaves the process. */
export type PreparedTransaction = { hash: Hash; raw: Hex; nonce: number }

export type TransactionOutcome =
  | { status: 'done'; block: number; gasUsed: bigint }
  | { status: 'reverted'; block: number; reason: string }
  /** `minedAt`: the block that holds it, not yet deep enough. */
  | { status: 'pending'; minedAt?: number }
  | { status: 'unknown' }

export type ChainEvent = { channelId: Hash; block: number; transaction: Hash } & (
  | { type: 'channel-opened'; params: ChannelParams; deposit: Amount }
  /** `deposit`: that side's deposit afterwards. */
  | { type: 'channel-funded'; by: 'A' | 'B'; amount: Amount; deposit: Amount }
  | ({ type: 'channel-rebased'; epoch: number } & Record<
      'depositA' | 'depositB' | 'outA' | 'outB',
      Amount
    >)
  | { type: 'channel-claimed'; sent: Amount; paid: Amount }
  | { type: 'channel-closing'; closeAt: UnixSeconds }
  /** A promise of partyA (`fromA`) or partyB was recorded for settlement. */
  | { type: 'channel-responded'; fromA: boolean; sent: Amount }
  | { type: 'channel-settled'; payA: Amount; payB: Amount }
  /** The chain was reorganised: an event told earlier, at this block, is no longer in it. Look at the channel again. */
  | { type: 'channel-undone'; undone: string }
)

export type ChainIdentity = {
  chainId: number
  network: string
  isLocal: boolean
  contracts: { paymentChannel: Address; disputeArbiter: Address; token: Address }
  tokenDecimals: number
  tokenSymbol: string
  minWindowSeconds: number
  confirmations: number
}

/** One Ethereum chain, seen by one account. */
export type Chain = {
  identity: ChainIdentity
  start(): Promise<void>
  stop(): Promise<void>
  head(): Promise<{ block: number; timestamp: UnixSeconds }>
  balances(owner: Address): Promise<{ native: bigint; token: Amount }>
  allowance(spender: Address): Promise<Amount>
  channel(channelId: Hash): Promise<OnChainChannel>
  /** The greatest promises recorded for the settlement of a closing channel, in the newest block. */
  promised(channelId: Hash): Promise<{ fromA: Amount; fromB: Amount }>
  /** Payouts that could not be pushed to this account and wait for withdraw-credit. */
  credit(token: Address): Promise<Amount>
  fees(): Promise<FeeLevel>
  /**
   * Simulates, prices and signs; nothing is sent. `nonceAtLeast`: nonces below are known to be used. Throws Fault CALL_WOULD_REVERT with
   * the decoded reason, FEE_TOO_HIGH, INSUFFICIENT_FUNDS or CHAIN_UNREACHABLE.
   */
  prepare(
    call: ChainCall,
    options?: { fees?: FeeOrder; nonceAtLeast?: number },
  ): Promise<PreparedTransaction>
  /** The same call with the same nonce for a higher fee, enough to take the other's place. Throws Fault FEE_TOO_HIGH where the cap forbids it. */
  reprice(transaction: PreparedTransaction, fees: FeeOrder): Promise<PreparedTransaction>
  /** Sends; sending the same bytes twice is harmless. */
  broadcast(transaction: PreparedTransaction): Promise<void>
  outcome(hash: Hash): Promise<TransactionOutcome>
  /**
   * Confirmed events from a block on, in order, each at least once. What a reorganisation took back is told as channel-undone, newest
   * first, before what came in its place. `onProgress`: all events up to and including this block have been told. Returns the
   * unsubscriber.
   */
  watch(
    fromBlock: number,
    listener: (event: ChainEvent) => void,
    onProgress?: (block: number) => void,
  ): () => void
}

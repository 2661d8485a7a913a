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

/** A SIMPLEX channel as the contract has it. `closeAt` is 0 unless closing. */
export type OnChainChannel = {
  status: ChannelStatus
  deposit: Amount
  claimed: Amount
  epoch: number
  closeAt: UnixSeconds
}

export type ChannelClaim = { params: ChannelParams; promise: Signed<'PayState'> }

/** Everything the node asks of the contracts. Each becomes one transaction (allowances are the adapter's own business). */
export type ChainCall =
  | { type: 'open-channel'; params: ChannelParams; amount: Amount }
  | { type: 'fund-channel'; params: ChannelParams; amount: Amount }
  | { type: 'claim'; claim: ChannelClaim }
  | { type: 'claim-batch'; claims: readonly ChannelClaim[] }
  | { type: 'start-close'; params: ChannelParams; promise: Signed<'PayState'> | null }
  | { type: 'respond'; claim: ChannelClaim }
  | { type: 'settle-channel'; params: ChannelParams }
  | { type: 'coop-close'; params: ChannelParams; close: CoopCloseProof }
  | { type: 'withdraw-credit'; token: Address }
  | { type: 'approve-token'; spender: Address; amount: Amount }

export type CoopCloseProof = {
  terms: Signed<'CoopClose'>['message']
  signatureA: Hex
  signatureB: Hex
}

/** A signed transaction whose hash is known before it leaves the process. */
export type PreparedTransaction = { hash: Hash; raw: Hex; nonce: number }

export type TransactionOutcome =
  | { status: 'done'; block: number; gasUsed: bigint }
  | { status: 'reverted'; block: number; reason: string }
  | { status: 'pending' }
  | { status: 'unknown' }

export type ChainEvent = { channelId: Hash; block: number; transaction: Hash } & (
  | { type: 'channel-opened'; params: ChannelParams; deposit: Amount }
  | { type: 'channel-funded'; amount: Amount }
  | { type: 'channel-claimed'; sent: Amount; paid: Amount }
  | { type: 'channel-closing'; closeAt: UnixSeconds }
  | { type: 'channel-settled'; payA: Amount; payB: Amount }
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
  /** Simulates, prices and signs; nothing is sent. Throws Fault CALL_WOULD_REVERT with the decoded reason, or CHAIN_UNREACHABLE. */
  prepare(call: ChainCall): Promise<PreparedTransaction>
  /** Sends; sending the same bytes twice is harmless. */
  broadcast(transaction: PreparedTransaction): Promise<void>
  outcome(hash: Hash): Promise<TransactionOutcome>
  /** Confirmed events from a block on, in order, each at least once. Returns the unsubscriber. */
  watch(fromBlock: number, listener: (event: ChainEvent) => void): () => void
}

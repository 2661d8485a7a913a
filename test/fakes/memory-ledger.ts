import type { ChainEvent, OnChainChannel } from '../../node/ports/index.ts'
import type {
  Address,
  Amount,
  Digester,
  Hash,
  RecoverSigner,
  UnixSeconds,
} from '../../protocols/common/index.ts'

/** Money and channels as the contracts keep them. Plain data, so that a simulation is a copy. */
export type Ledger = {
  /** Atomic units by `token:owner`; the zero address is the native coin. */
  balances: Map<string, Amount>
  /** By `owner:spender`, of the one token. */
  allowances: Map<string, Amount>
  channels: Map<Hash, OnChainChannel>
  promised: Map<Hash, Promised>
  /** Payouts that were refused, by `token:owner`. */
  credits: Map<string, Amount>
  /** Accounts that take no payout. */
  refusing: Set<Address>
}

/** The greatest promises recorded for settlement. */
export type Promised = { fromA: Amount; fromB: Amount }

/** What surrounds one transaction. */
export type Scene = {
  sender: Address
  now: UnixSeconds
  contract: Address
  token: Address
  minWindowSeconds: number
  digest: Digester
  recover: RecoverSigner
}

/** An event without its place in the chain. */
export type Happening = ChainEvent extends infer Event
  ? Event extends ChainEvent
    ? Omit<Event, 'block' | 'transaction'>
    : never
  : never

/** What the contract would have reverted with. */
export class Revert extends Error {}

export const demand = (condition: boolean, reason: string): void => {
  if (!condition) throw new Revert(reason)
}

export const emptyLedger = (): Ledger => ({
  balances: new Map(),
  allowances: new Map(),
  channels: new Map(),
  promised: new Map(),
  credits: new Map(),
  refusing: new Set(),
})

export const balanceIn = (ledger: Ledger, token: Address, owner: Address): Amount =>
  ledger.balances.get(`${token}:${owner}`) ?? 0n

export const credit = (
  ledger: Ledger,
  token: Address,
  { to, amount }: { to: Address; amount: Amount },
): void => {
  ledger.balances.set(`${token}:${to}`, balanceIn(ledger, token, to) + amount)
}

export const promisedIn = (ledger: Ledger, id: Hash): Promised =>
  ledger.promised.get(id) ?? { fromA: 0n, fromB: 0n }

export const creditIn = (ledger: Ledger, token: Address, owner: Address): Amount =>
  ledger.credits.get(`${token}:${owner}`) ?? 0n

export const NO_CHANNEL: OnChainChannel = {
  status: 'none',
  deposit: 0n,
  claimed: 0n,
  epoch: 0,
  closeAt: 0,
}

export const channelIn = (ledger: Ledger, id: Hash): OnChainChannel =>
  ledger.channels.get(id) ?? NO_CHANNEL

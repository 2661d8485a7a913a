import type {
  ChainCall,
  ChainEvent,
  ChainIdentity,
  Clock,
  FeeLevel,
  PreparedTransaction,
  TransactionOutcome,
} from '../../node/ports/index.ts'
import {
  type Address,
  createDigester,
  Fault,
  type Hash,
  keccak256,
  toHex,
} from '../../protocols/common/index.ts'
import { applyCall } from './memory-channel-rules.ts'
import { emptyLedger, type Ledger, Revert, type Scene } from './memory-ledger.ts'
import { recoverSigner } from './signer.ts'

/** `maxFee` in wei per unit of gas. */
export type Sent = PreparedTransaction & {
  sender: Address
  call: ChainCall | null
  maxFee: bigint
}
export type Mined = Extract<TransactionOutcome, { block: number }>
type Watcher = {
  from: number
  next: number
  listener: (event: ChainEvent) => void
  onProgress: (block: number) => void
}

/** Switches that break the chain on purpose. */
export type ChainFailures = {
  /** The next prepare throws this. */
  failNextPrepare(fault: Fault): void
  /** The next broadcast seems to work, and its transaction is never heard of again. */
  loseNextBroadcast(): void
  /** The next broadcast arrives, but its answer does not: CHAIN_UNREACHABLE. */
  dropNextReply(): void
  /** While false every call of every account throws CHAIN_UNREACHABLE and no event is delivered. */
  setReachable(isReachable: boolean): void
  /** While false transactions wait for mine(). */
  setAutomine(isAutomine: boolean): void
  /** Mines a foreign transaction of this account, so that its next nonce is gone. */
  useNonce(owner: Address): void
  /** Forgets transactions that wait to be mined. */
  dropPending(): void
  /** What gas costs from now on, in wei. What offers less than the base fee waits. */
  setFees(fees: Partial<FeeLevel>): void
  /** Replaces the newest blocks by empty ones; what they held is forgotten, as if it had never been sent. */
  reorganise(depth: number): void
  /** While true the account takes no payouts: they become its credit. */
  refusePayouts(owner: Address, isRefusing: boolean): void
}

const GAS = 60_000n

export const unreachable = () => new Fault('CHAIN_UNREACHABLE', 'the chain does not answer')

/** What all accounts share: one ledger, one list of blocks, one mempool. */
export type World = {
  ledger: Ledger
  block: number
  sent: Map<Hash, Sent>
  pending: Hash[]
  outcomes: Map<Hash, Mined>
  events: ChainEvent[]
  nonces: Map<Address, number>
  watchers: Set<Watcher>
  broken: {
    prepare: Fault | null
    loseBroadcast: boolean
    dropReply: boolean
    isReachable: boolean
  }
  isAutomine: boolean
  fees: FeeLevel
  /** How things stood when each block was mined, newest last. */
  history: Snapshot[]
}

type Snapshot = {
  block: number
  ledger: Ledger
  nonces: Map<Address, number>
  events: number
  outcomes: number
}

const GWEI = 1_000_000_000n

export const newWorld = (): World => ({
  ledger: emptyLedger(),
  block: 1,
  sent: new Map(),
  pending: [],
  outcomes: new Map(),
  events: [],
  nonces: new Map(),
  watchers: new Set(),
  broken: { prepare: null, loseBroadcast: false, dropReply: false, isReachable: true },
  isAutomine: true,
  fees: { base: 10n * GWEI, tip: GWEI, usualBase: 10n * GWEI },
  history: [],
})

export const copyOf = (ledger: Ledger): Ledger => ({
  balances: new Map(ledger.balances),
  allowances: new Map(ledger.allowances),
  channels: new Map(ledger.channels),
  promised: new Map(ledger.promised),
  credits: new Map(ledger.credits),
  refusing: ledger.refusing,
})

export const hashText = (text: string): Hash => toHex(keccak256(new TextEncoder().encode(text)))

export const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item))

export const deliver = (world: World, confirmations: number): void => {
  if (!world.broken.isReachable) return
  const confirmed = world.block - confirmations + 1
  for (const watcher of world.watchers) {
    while (watcher.next < world.events.length) {
      const event = world.events[watcher.next] as ChainEvent
      if (event.block > confirmed) break
      watcher.next += 1
      if (event.block >= watcher.from) watcher.listener(event)
    }
    watcher.onProgress(confirmed)
  }
}

const mineOne = (world: World, transaction: Sent, scene: Scene): void => {
  const { block } = world
  world.nonces.set(transaction.sender, transaction.nonce + 1)
  if (transaction.call === null) return
  const ledger = copyOf(world.ledger)
  try {
    const happenings = applyCall(ledger, scene, transaction.call)
    world.ledger = ledger
    world.events.push(
      ...happenings.map((happening) => ({ ...happening, block, transaction: transaction.hash })),
    )
    world.outcomes.set(transaction.hash, { status: 'done', block, gasUsed: GAS })
  } catch (error) {
    if (!(error instanceof Revert)) throw error
    world.outcomes.set(transaction.hash, { status: 'reverted', block, reason: error.message })
  }
}

const remember = (world: World): void => {
  const { block, ledger, nonces, events, outcomes } = world
  const counts = { events: events.length, outcomes: outcomes.size }
  world.history.push({ block, ledger, nonces: new Map(nonces), ...counts })
}

const undo = (watcher: Watcher, kept: number, undone: readonly ChainEvent[]): void => {
  const told = undone.slice(0, Math.max(0, watcher.next - kept))
  watcher.next = Math.min(watcher.next, kept)
  for (const { channelId, block, transaction, type } of told.reverse()) {
    const event: ChainEvent = {
      type: 'channel-undone',
      channelId,
      block,
      transaction,
      undone: type,
    }
    if (block >= watcher.from) watcher.listener(event)
  }
}

const reorganise = (world: World, depth: number): void => {
  const before = world.history.splice(-depth)[0]
  if (before === undefined) return
  world.ledger = before.ledger
  world.nonces = before.nonces
  for (const hash of [...world.outcomes.keys()].slice(before.outcomes)) world.outcomes.delete(hash)
  const undone = world.events.splice(before.events)
  for (const watcher of world.watchers) undo(watcher, before.events, undone)
  for (let block = before.block; block < world.block; block += 1) {
    world.history.push({ ...before, nonces: new Map(before.nonces), block })
  }
}

export type Mine = { mine(): void; sceneOf(sender: Address): Scene }

export const createMiner = (world: World, identity: ChainIdentity, now: Clock['now']): Mine => {
  const { paymentChannel, token } = identity.contracts
  const digest = createDigester({ chainId: identity.chainId, verifyingContract: paymentChannel })
  const sceneOf = (sender: Address): Scene => ({
    sender,
    now: now(),
    contract: paymentChannel,
    token,
    minWindowSeconds: identity.minWindowSeconds,
    digest,
    recover: recoverSigner,
  })
  const mine = () => {
    remember(world)
    world.block += 1
    const waiting = world.pending.splice(0).map((hash) => world.sent.get(hash) as Sent)
    for (const transaction of waiting.sort((a, b) => a.nonce - b.nonce)) {
      const { sender, nonce, maxFee } = transaction
      const isNext = nonce === (world.nonces.get(sender) ?? 0)
      if (isNext && maxFee >= world.fees.base) mineOne(world, transaction, sceneOf(sender))
      else if (nonce >= (world.nonces.get(sender) ?? 0)) world.pending.push(transaction.hash)
    }
    queueMicrotask(() => deliver(world, identity.confirmations))
  }
  return { mine, sceneOf }
}

export const createFailures = (world: World, miner: Mine): ChainFailures => ({
  failNextPrepare: (fault) => {
    world.broken.prepare = fault
  },
  loseNextBroadcast: () => {
    world.broken.loseBroadcast = true
  },
  dropNextReply: () => {
    world.broken.dropReply = true
  },
  setReachable: (isReachable) => {
    world.broken.isReachable = isReachable
    if (isReachable) queueMicrotask(() => deliver(world, 1))
  },
  setAutomine: (isAutomine) => {
    world.isAutomine = isAutomine
  },
  useNonce: (owner) => {
    world.nonces.set(owner, (world.nonces.get(owner) ?? 0) + 1)
    miner.mine()
  },
  dropPending: () => {
    world.pending.length = 0
  },
  setFees: (fees) => {
    world.fees = { ...world.fees, ...fees }
  },
  reorganise: (depth) => reorganise(world, depth),
  refusePayouts: (owner, isRefusing) => {
    if (isRefusing) world.ledger.refusing.add(owner)
    else world.ledger.refusing.delete(owner)
  },
})

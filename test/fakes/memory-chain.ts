import type {
  Chain,
  ChainCall,
  ChainIdentity,
  Clock,
  OnChainChannel,
  PreparedTransaction,
  TransactionOutcome,
} from '../../node/ports/index.ts'
import {
  type Address,
  type Amount,
  Fault,
  type Hash,
  ZERO_ADDRESS,
} from '../../protocols/common/index.ts'
import {
  type ChainFailures,
  copyOf,
  createFailures,
  createMiner,
  deliver,
  hashText,
  type Mine,
  type Mined,
  newWorld,
  type Sent,
  textOf,
  unreachable,
  type World,
} from './memory-chain-world.ts'
import { applyCall } from './memory-channel-rules.ts'
import { balanceIn, channelIn, credit, Revert } from './memory-ledger.ts'

export type { ChainFailures }

export type MemoryChain = {
  identity: ChainIdentity
  for(account: Address): Chain
  /** Token balance in atomic units. */
  balanceOf(owner: Address): Amount
  nativeOf(owner: Address): bigint
  mint(owner: Address, amount: Amount): void
  channelOf(id: Hash): OnChainChannel
  /** Mines what waits (or an empty block). */
  mine(): void
  /** Every call that was mined, failed ones included, in order. */
  mined(): readonly { sender: Address; call: ChainCall; outcome: Mined }[]
  failures: ChainFailures
}

export type MemoryChainOptions = {
  clock: Pick<Clock, 'now'>
  /** Token balances to begin with, in atomic units. Each account also gets 1000 native coins. */
  accounts?: Readonly<Record<Address, Amount>>
  minWindowSeconds?: number
  confirmations?: number
}

const NATIVE = 1_000n * 10n ** 18n
const fill = (byte: string): Address => `0x${byte.repeat(20)}`

const identityOf = ({
  minWindowSeconds = 60,
  confirmations = 1,
}: MemoryChainOptions): ChainIdentity => ({
  chainId: 31337,
  network: 'memory',
  isLocal: true,
  contracts: { paymentChannel: fill('c1'), disputeArbiter: fill('c2'), token: fill('c3') },
  tokenDecimals: 6,
  tokenSymbol: 'tUSD',
  minWindowSeconds,
  confirmations,
})

const nextNonce = (world: World, account: Address): number =>
  (world.nonces.get(account) ?? 0) +
  world.pending.filter((hash) => world.sent.get(hash)?.sender === account).length

const wouldRevert = (cause: unknown) => {
  if (!(cause instanceof Revert)) return cause
  return new Fault('CALL_WOULD_REVERT', cause.message, { reason: cause.message, cause })
}

const prepareIn = (
  world: World,
  miner: Mine,
  { account, call }: { account: Address; call: ChainCall },
) => {
  if (!world.broken.isReachable) throw unreachable()
  const fault = world.broken.prepare
  world.broken.prepare = null
  if (fault !== null) throw fault
  try {
    applyCall(copyOf(world.ledger), miner.sceneOf(account), call)
  } catch (error) {
    throw wouldRevert(error)
  }
  const nonce = nextNonce(world, account)
  const hash = hashText(textOf([account, nonce, call]))
  const transaction: PreparedTransaction = { hash, raw: hash, nonce }
  world.sent.set(hash, { ...transaction, sender: account, call })
  return transaction
}

const takeMishaps = ({ broken }: World) => {
  const { loseBroadcast, dropReply } = broken
  broken.loseBroadcast = false
  broken.dropReply = false
  return { loseBroadcast, dropReply }
}

const broadcastIn = (world: World, miner: Mine, { hash, nonce }: PreparedTransaction) => {
  if (!world.broken.isReachable) throw unreachable()
  const { sender } = world.sent.get(hash) as Sent
  const { loseBroadcast, dropReply } = takeMishaps(world)
  const isKnown = world.outcomes.has(hash) || world.pending.includes(hash)
  if (!isKnown && nonce < (world.nonces.get(sender) ?? 0)) {
    throw new Fault('NONCE_TAKEN', 'another transaction of this account used the nonce', { nonce })
  }
  if (!isKnown && !loseBroadcast) world.pending.push(hash)
  if (world.isAutomine && !isKnown) miner.mine()
  if (dropReply) throw unreachable()
}

const outcomeIn = (world: World, confirmations: number, hash: Hash): TransactionOutcome => {
  const mined = world.outcomes.get(hash)
  if (mined === undefined) return { status: world.pending.includes(hash) ? 'pending' : 'unknown' }
  return mined.block > world.block - confirmations + 1 ? { status: 'pending' } : mined
}

/** One account's view of the shared chain. */
const viewOf = (world: World, { account, identity, clock, miner }: ViewParts): Chain => {
  const ask = async <T>(answer: () => T): Promise<T> => {
    if (!world.broken.isReachable) throw unreachable()
    return answer()
  }
  const { token } = identity.contracts
  return {
    identity,
    start: async () => undefined,
    stop: async () => undefined,
    head: () => ask(() => ({ block: world.block, timestamp: clock.now() })),
    balances: (owner) =>
      ask(() => ({
        native: balanceIn(world.ledger, ZERO_ADDRESS, owner),
        token: balanceIn(world.ledger, token, owner),
      })),
    allowance: (spender) => ask(() => world.ledger.allowances.get(`${account}:${spender}`) ?? 0n),
    channel: (id) => ask(() => channelIn(world.ledger, id)),
    prepare: async (call) => prepareIn(world, miner, { account, call }),
    broadcast: async (transaction) => broadcastIn(world, miner, transaction),
    outcome: (hash) => ask(() => outcomeIn(world, identity.confirmations, hash)),
    watch: (from, listener) => {
      const watcher = { from, next: 0, listener }
      world.watchers.add(watcher)
      queueMicrotask(() => deliver(world, identity.confirmations))
      return () => world.watchers.delete(watcher)
    },
  }
}

type ViewParts = {
  account: Address
  identity: ChainIdentity
  clock: Pick<Clock, 'now'>
  miner: Mine
}

/** The contracts' rules without a chain: many accounts, one ledger, blocks at will, time by the given clock. */
export const createMemoryChain = (options: MemoryChainOptions): MemoryChain => {
  const { clock, accounts = {} } = options
  const identity = identityOf(options)
  const world = newWorld()
  const { token } = identity.contracts
  const mint = (to: Address, amount: Amount) => credit(world.ledger, token, { to, amount })
  for (const [owner, amount] of Object.entries(accounts) as [Address, Amount][]) {
    mint(owner, amount)
    credit(world.ledger, ZERO_ADDRESS, { to: owner, amount: NATIVE })
  }
  const miner = createMiner(world, identity, () => clock.now())
  return {
    identity,
    for: (account) => viewOf(world, { account, identity, clock, miner }),
    balanceOf: (owner) => balanceIn(world.ledger, token, owner),
    nativeOf: (owner) => balanceIn(world.ledger, ZERO_ADDRESS, owner),
    mint,
    channelOf: (id) => channelIn(world.ledger, id),
    mine: miner.mine,
    mined: () =>
      [...world.outcomes].map(([hash, outcome]) => {
        const { sender, call } = world.sent.get(hash) as Sent & { call: ChainCall }
        return { sender, call, outcome }
      }),
    failures: createFailures(world, miner),
  }
}

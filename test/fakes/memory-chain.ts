import type {
  Chain,
  ChainCall,
  ChainIdentity,
  Clock,
  FeeOrder,
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
import { balanceIn, channelIn, credit, creditIn, promisedIn, Revert } from './memory-ledger.ts'

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

type Preparing = { account: Address; call: ChainCall; fees?: FeeOrder; nonceAtLeast?: number }

const CAP = 500_000_000_000n

// As the real adapter: the base fee may double before the offer is too low.
const offerIn = ({ fees: { base, tip } }: World, { cap, tipPercent }: FeeOrder): bigint => {
  const eager = (tip * BigInt(tipPercent)) / 100n
  if (base + eager > cap) throw new Fault('FEE_TOO_HIGH', 'gas costs more than the node may pay')
  const comfortable = base * 2n + eager
  return comfortable < cap ? comfortable : cap
}

const keep = (world: World, sent: Omit<Sent, 'hash' | 'raw'>): PreparedTransaction => {
  const { sender, nonce, call, maxFee } = sent
  const hash = hashText(textOf([sender, nonce, call, maxFee]))
  world.sent.set(hash, { ...sent, hash, raw: hash })
  return { hash, raw: hash, nonce }
}

const prepareIn = (world: World, miner: Mine, { account, call, ...order }: Preparing) => {
  if (!world.broken.isReachable) throw unreachable()
  const fault = world.broken.prepare
  world.broken.prepare = null
  if (fault !== null) throw fault
  try {
    applyCall(copyOf(world.ledger), miner.sceneOf(account), call)
  } catch (error) {
    throw wouldRevert(error)
  }
  const maxFee = offerIn(world, order.fees ?? { cap: CAP, tipPercent: 100 })
  const nonce = Math.max(nextNonce(world, account), order.nonceAtLeast ?? 0)
  return keep(world, { sender: account, nonce, call, maxFee })
}

const repriceIn = (world: World, { hash }: PreparedTransaction, fees: FeeOrder) => {
  if (!world.broken.isReachable) throw unreachable()
  const before = world.sent.get(hash) as Sent
  const least = before.maxFee + before.maxFee / 8n + 1n
  if (least > fees.cap) throw new Fault('FEE_TOO_HIGH', 'a replacement costs too much')
  const offer = offerIn(world, fees)
  return keep(world, { ...before, maxFee: offer > least ? offer : least })
}

const takeMishaps = ({ broken }: World) => {
  const { loseBroadcast, dropReply } = broken
  broken.loseBroadcast = false
  broken.dropReply = false
  return { loseBroadcast, dropReply }
}

const takePlace = (world: World, sent: Sent): void => {
  const rival = world.pending
    .map((hash) => world.sent.get(hash) as Sent)
    .find(({ sender, nonce }) => sender === sent.sender && nonce === sent.nonce)
  if (rival !== undefined) {
    const reason = 'replacement transaction underpriced'
    if (sent.maxFee * 10n < rival.maxFee * 11n) throw new Fault('TX_REFUSED', reason, { reason })
    world.pending.splice(world.pending.indexOf(rival.hash), 1)
  }
  world.pending.push(sent.hash)
}

const broadcastIn = (world: World, miner: Mine, { hash, nonce }: PreparedTransaction) => {
  if (!world.broken.isReachable) throw unreachable()
  const sent = world.sent.get(hash) as Sent
  const { loseBroadcast, dropReply } = takeMishaps(world)
  const isKnown = world.outcomes.has(hash) || world.pending.includes(hash)
  if (!isKnown && nonce < (world.nonces.get(sent.sender) ?? 0)) {
    throw new Fault('NONCE_TAKEN', 'another transaction of this account used the nonce', { nonce })
  }
  if (!isKnown && !loseBroadcast) takePlace(world, sent)
  if (world.isAutomine && !isKnown) miner.mine()
  if (dropReply) throw unreachable()
}

const outcomeIn = (world: World, confirmations: number, hash: Hash): TransactionOutcome => {
  const mined = world.outcomes.get(hash)
  if (mined === undefined) return { status: world.pending.includes(hash) ? 'pending' : 'unknown' }
  const isDeep = mined.block <= world.block - confirmations + 1
  return isDeep ? mined : { status: 'pending', minedAt: mined.block }
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
    promised: (id) => ask(() => promisedIn(world.ledger, id)),
    credit: (owed) => ask(() => creditIn(world.ledger, owed, account)),
    fees: () => ask(() => ({ ...world.fees })),
    prepare: async (call, order) => prepareIn(world, miner, { account, call, ...order }),
    reprice: async (transaction, fees) => repriceIn(world, transaction, fees),
    broadcast: async (transaction) => broadcastIn(world, miner, transaction),
    outcome: (hash) => ask(() => outcomeIn(world, identity.confirmations, hash)),
    watch: (from, listener, onProgress = () => undefined) => {
      const watcher = { from, next: 0, listener, onProgress }
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

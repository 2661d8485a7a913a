import type { Address, Hash, Hex } from '../../protocols/common/index.ts'
import { Fault, ZERO_HASH } from '../../protocols/common/index.ts'
import type {
  ChannelView,
  EconomicStatusView,
  EstimateView,
  NodeApi,
  NodeEvent,
  StampedEvent,
  TaskOrder,
  TaskResult,
  TaskView,
  VerificationView,
} from '../../protocols/control/index.ts'
import { chainViews } from './chain-views.ts'

export const REQUESTER: Address = `0x${'a1'.repeat(20)}`
export const PROVIDER: Address = `0x${'b2'.repeat(20)}`
export const CHANNEL_ID: Hash = `0x${'c3'.repeat(32)}`
export const RECEIPT_HASH: Hash = `0x${'d4'.repeat(32)}`
const SIGNATURE: Hex = `0x${'11'.repeat(65)}`

/** A node in memory: tasks change only when a test changes them. */
export type FakeNodeApi = NodeApi & {
  orders: TaskOrder[]
  /** Answers of verifyReceipt, in order. */
  verifications: VerificationView[]
  /** Orders that only a price was asked for. */
  estimates: TaskOrder[]
  emit(event: NodeEvent): void
  change(id: string, change: Partial<TaskView>): void
  deliver(id: string, result: TaskResult): void
  /** The next call of executeWithPayment throws this. */
  refuseNext(error: unknown): void
  setReady(isReady: boolean): void
}

/** What an estimate says, but for the budget. */
export const anEstimate: EstimateView = {
  from: 'receipts',
  samples: 7,
  fuel: { low: '1000000', likely: '12000000', high: '40000000' },
  fuelLimit: '1000000',
  cost: { low: '2000', likely: '12000', high: '41000' },
  budget: '0',
  isLikelyWithinBudget: true,
  outcome: null,
}

const taskOf = (order: TaskOrder, id: string): TaskView => ({
  id,
  role: 'requester',
  phase: 'created',
  code: null,
  message: null,
  createdAtMs: 1_750_000_000_000,
  updatedAtMs: 1_750_000_000_000,
  taskHash: ZERO_HASH,
  requester: REQUESTER,
  provider: null,
  auctionId: null,
  agreementHash: null,
  channelId: null,
  budget: String(order.budget),
  price: null,
  paid: '0',
  refunded: '0',
  cost: null,
  maxFuel: String(order.limits.fuel ?? 1_000_000n),
  fuelUsed: '0',
  outcome: null,
  exitCode: null,
  receiptHash: null,
})

const receiptOf = (task: TaskView): EconomicStatusView['receipt'] =>
  task.outcome === null
    ? null
    : {
        receiptHash: RECEIPT_HASH,
        resultHash: ZERO_HASH,
        outcome: task.outcome,
        exitCode: task.exitCode ?? 0,
        fuelUsed: task.fuelUsed,
        cost: task.cost ?? '0',
        finishedAt: 1_750_000_001,
        provider: PROVIDER,
        signature: SIGNATURE,
      }

const economicStatusOf = (task: TaskView): EconomicStatusView => ({
  taskId: task.id,
  phase: task.phase,
  code: task.code,
  paymentMethod: 'channel',
  amountPaid: task.paid,
  refunded: task.refunded,
  escrow: null,
  channel: { channelId: CHANNEL_ID, deposit: '1000000', sent: task.paid, reserved: '0' },
  budget: { maxPrice: task.budget, agreedPrice: task.price, prepaid: '0' },
  cost: task.cost,
  resources: { fuel: task.fuelUsed, wallMs: 12, memoryBytes: 1_048_576 },
  reputationDelta: 2,
  parties: { requester: REQUESTER, provider: task.provider },
  receipt: receiptOf(task),
})

const channel: ChannelView = {
  channelId: CHANNEL_ID,
  role: 'payer',
  mode: 'simplex',
  peer: PROVIDER,
  phase: 'open',
  isLeaving: false,
  frozen: null,
  epoch: 0,
  deposit: '1000000',
  sent: '250000',
  claimed: '0',
  depositB: '0',
  sentB: '0',
  reserved: '0',
  credit: '0',
  free: '750000',
  unclaimed: '250000',
  deals: 0,
  unheard: 0,
  windowSeconds: 3_600,
  closeAt: 0,
  payA: null,
  payB: null,
}

const createEvents = () => {
  const kept: StampedEvent[] = []
  const listeners = new Set<(event: StampedEvent) => void>()
  return {
    emit: (event: NodeEvent) => {
      const stamped = { ...event, seq: kept.length + 1, at: 1_750_000_000_000 }
      kept.push(stamped)
      for (const listener of listeners) listener(stamped)
    },
    log: {
      since: (seq: number) => kept.filter((event) => event.seq > seq),
      last: () => kept.length,
      subscribe: (listener: (event: StampedEvent) => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
  }
}

const token = { address: PROVIDER, symbol: 'tUSD', decimals: 6 }

const fixedViews = {
  auctions: async () => [],
  channels: async () => [channel],
  peers: async () => [
    { peerId: '12D3KooWpeer', agent: PROVIDER, addresses: ['/ip4/127.0.0.1/tcp/4001'] },
  ],
  networkSight: async () => ({
    reachability: 'closed' as const,
    peerId: '12D3KooWself',
    listening: ['/ip4/192.168.1.4/tcp/4700'],
    announced: [],
    observed: [{ address: '/ip4/203.0.113.7/tcp/4700', isVerified: false }],
    relays: [],
    peers: 1,
    dhtPeers: 1,
    bootstrap: [{ address: '/ip4/192.0.2.1/tcp/4700', isConnected: false, fault: 'timed out' }],
    problems: [{ code: 'NOT_REACHABLE', message: 'Nobody could dial it.', fix: 'Forward a port.' }],
  }),
  self: async () => ({
    agent: REQUESTER,
    did: 'did:key:zQ3sh',
    peerDid: 'did:key:z6Mk',
    peerId: '12D3KooWself',
    addresses: ['/ip4/127.0.0.1/tcp/4000'],
    version: '0.1.0',
    network: 'local',
    chainId: 31337,
    token,
    engineHash: ZERO_HASH,
    startedAtMs: 1_750_000_000_000,
    offer: null,
  }),
  ...chainViews(CHANNEL_ID, token),
}

/** A NodeApi without a node behind it. */
export const createFakeNodeApi = (): FakeNodeApi => {
  const tasks = new Map<string, TaskView>()
  const results = new Map<string, TaskResult>()
  const contents = new Map<string, Uint8Array>()
  const orders: TaskOrder[] = []
  const estimates: TaskOrder[] = []
  const verifications: VerificationView[] = []
  const { emit, log } = createEvents()
  let refusal: { error: unknown } | null = null
  let isReady = true

  const find = (id: string): TaskView => {
    const task = tasks.get(id)
    if (task) return task
    throw new Fault('NOT_FOUND', `No task ${id}`)
  }
  const change = (id: string, changed: Partial<TaskView>): TaskView => {
    const task = { ...find(id), ...changed }
    tasks.set(id, task)
    return task
  }
  const findChannel = async (id: Hash): Promise<ChannelView> => {
    if (id === CHANNEL_ID) return { ...channel, phase: 'closing' }
    throw new Fault('CHANNEL_UNKNOWN', `No channel ${id}`)
  }
  return {
    agent: REQUESTER,
    token,
    orders,
    estimates,
    verifications,
    emit,
    events: log,
    change,
    ...fixedViews,
    deliver: (id, result) => results.set(id, result),
    refuseNext: (error) => {
      refusal = { error }
    },
    setReady: (ready) => {
      isReady = ready
    },
    executeWithPayment: async (order) => {
      const { error } = refusal ?? {}
      refusal = null
      if (error !== undefined) throw error
      const id = `task-${order.requestId.slice(0, 16)}`
      const known = tasks.get(id)
      if (known) return known
      orders.push(order)
      tasks.set(id, taskOf(order, id))
      return find(id)
    },
    estimate: async (order) => {
      estimates.push(order)
      const fuelLimit = order.limits.fuel?.toString() ?? anEstimate.fuelLimit
      return { ...anEstimate, fuelLimit, budget: String(order.budget) }
    },
    task: async (id) => find(id),
    tasks: async ({ cursor, limit }) => {
      const all = [...tasks.values()].reverse()
      const from = cursor === null ? 0 : Number(cursor)
      const hasMore = from + limit < all.length
      return {
        items: all.slice(from, from + limit),
        nextCursor: hasMore ? String(from + limit) : null,
      }
    },
    economicStatus: async (id) => economicStatusOf(find(id)),
    complete: async (id) => {
      if (find(id).phase !== 'delivered') throw new Fault('WRONG_PHASE', 'Nothing is delivered yet')
      return change(id, { phase: 'accepted' })
    },
    cancel: async (id) => change(id, { phase: 'cancelled', code: 'CANCELLED' }),
    result: async (id) => {
      const result = results.get(find(id).id)
      if (result) return result
      throw new Fault('WRONG_PHASE', 'Nothing is delivered yet')
    },
    verifyReceipt: async (id) => {
      const next = verifications.shift()
      if (next) return next
      throw new Fault('NOT_FOUND', `No receipt ${id}`)
    },
    channel: findChannel,
    openChannel: async () => channel,
    fundChannel: findChannel,
    rebaseChannel: findChannel,
    closeChannel: findChannel,
    claimChannel: findChannel,
    unfreezeChannel: findChannel,
    exposure: async () => [],
    towers: async () => [],
    putContent: async (bytes) => {
      const cid = `bafkrei${'a'.repeat(20)}${'bcdefgh'.charAt(contents.size)}`
      contents.set(cid, bytes)
      return cid
    },
    getContent: async (cid) => {
      const bytes = contents.get(cid)
      if (bytes) return bytes
      throw new Fault('CONTENT_UNAVAILABLE', `No content ${cid}`)
    },
    health: async () => ({
      isReady,
      checks: { chain: { isOk: isReady, detail: isReady ? 'block 7' : 'unreachable' } },
    }),
  }
}

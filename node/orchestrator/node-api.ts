// What the control port asks, answered from the journeys, the steps and the ports.
import type { Address, Cid, Hash } from '../../protocols/common/index.ts'
import { Fault, faultCode } from '../../protocols/common/index.ts'
import type {
  EventLog,
  HealthView,
  NodeApi,
  Page,
  PageRequest,
  SelfView,
  TaskView,
} from '../../protocols/control/index.ts'
import type { ChannelKeeper } from '../channel/index.ts'
import type { Executor } from '../execution/index.ts'
import type { Auctioneer } from '../market/index.ts'
import type { Chain, Clock, Content, Network, Sandbox } from '../ports/index.ts'
import type { Settlement } from '../settlement/index.ts'
import { chainStatusView, createTransactionViews } from './chain-view.ts'
import { createChannelActions } from './channel-actions.ts'
import type { DealBook } from './deal-book.ts'
import type { DealRecord } from './deal-record.ts'
import { estimateOrder, pastFuelOf } from './estimating.ts'
import { messageOf, type TaskFault } from './faults.ts'
import { networkSightView } from './network-view.ts'
import { type OrderDefaults, prepareTask, taskIdOf } from './ordering.ts'
import type { Requester } from './requester.ts'
import type { TaskBook } from './task-book.ts'
import { type Deal, dealOf, deliveryOf, type TaskRecord } from './task-record.ts'
import { economicStatusView, soldTaskView, statusChannel, taskView } from './task-view.ts'
import { createVerifier } from './verifying.ts'

export type NodeApiDeps = {
  tasks: TaskBook
  deals: DealBook
  requester: Requester
  auctioneer: Pick<Auctioneer, 'seen'>
  channel: ChannelKeeper
  settlement: Settlement
  executor: Pick<Executor, 'fetchResult' | 'verify'>
  content: Content
  sandbox: Pick<Sandbox, 'inspect' | 'engineHash' | 'run'>
  chain: Pick<Chain, 'identity' | 'head' | 'fees'>
  network: Pick<Network, 'self' | 'peers' | 'sight'>
  clock: Clock
  events: EventLog
}

export type NodeApiOptions = {
  agent: Address
  order: OrderDefaults
  maxContentBytes: number
  /** Most that module and inputs of a task may weigh to be run again here. */
  maxInputBytes: number
  maxResultBytes: number
  /** What the node says of itself that does not change. */
  self: Omit<SelfView, 'agent' | 'peerId' | 'addresses' | 'engineHash' | 'chainId' | 'token'>
}

type Context = NodeApiDeps & { options: NodeApiOptions }

const notFound = (what: string) => new Fault<TaskFault>('NOT_FOUND', `there is no ${what} here`)

const accountOf = ({ channel }: Context, deal: Deal | null) =>
  deal
    ? channel.account(deal.agreement.message.channelId, deal.agreementHash)
    : { paid: 0n, refunded: 0n }

const viewBought = async (context: Context, record: TaskRecord): Promise<TaskView> =>
  taskView(record, context.options.agent, await accountOf(context, dealOf(record.journey)))

const viewSold = async (context: Context, record: DealRecord): Promise<TaskView> =>
  soldTaskView(record, await accountOf(context, record.deal))

const find = async (context: Context, id: string): Promise<TaskRecord | DealRecord> => {
  const bought = context.tasks.get(id)
  if (bought) return bought
  const sold = id.startsWith('0x') ? await context.deals.get(id as Hash) : undefined
  if (sold) return sold
  throw notFound(`task ${id}`)
}

const view = (context: Context, record: TaskRecord | DealRecord): Promise<TaskView> =>
  'terms' in record ? viewBought(context, record) : viewSold(context, record)

const bought = async (context: Context, id: string): Promise<TaskRecord> => {
  const record = await find(context, id)
  if ('terms' in record) return record
  throw new Fault<TaskFault>('WRONG_PHASE', `task ${id} is sold, not bought: it is its requester's`)
}

const newestFirst = async ({ tasks, deals }: Context) =>
  [...tasks.all(), ...(await deals.list())].sort((one, other) => other.createdAt - one.createdAt)

const idOf = (record: TaskRecord | DealRecord): string =>
  'terms' in record ? record.id : record.agreementHash

/** The cursor is the id of the last item given. */
const listTasks = async (
  context: Context,
  { cursor, limit }: PageRequest,
): Promise<Page<TaskView>> => {
  const all = await newestFirst(context)
  const from = cursor === null ? 0 : all.findIndex((record) => idOf(record) === cursor) + 1
  if (cursor !== null && from === 0) throw notFound(`task ${cursor}`)
  const page = all.slice(from, from + limit)
  const last = page.at(-1)
  const hasMore = from + page.length < all.length
  return {
    items: await Promise.all(page.map((record) => view(context, record))),
    nextCursor: hasMore && last ? idOf(last) : null,
  }
}

const economicStatus = async (context: Context, id: string) => {
  const record = await find(context, id)
  const { journey } = record
  const deal = 'terms' in record ? dealOf(record.journey) : record.deal
  return economicStatusView(await view(context, record), {
    deal,
    delivery: 'terms' in record ? deliveryOf(record.journey) : deliveredBy(record),
    reputationDelta: 'scoreChange' in journey ? journey.scoreChange / 100 : 0,
    channel: statusChannel(context.channel.list(), deal),
  })
}

const deliveredBy = ({ journey }: DealRecord) => ('delivery' in journey ? journey.delivery : null)

const resultOf = async (context: Context, id: string) => {
  const record = await bought(context, id)
  const delivery = deliveryOf(record.journey)
  const deal = dealOf(record.journey)
  if (!delivery || !deal) {
    const { phase } = record.journey
    throw new Fault<TaskFault>('WRONG_PHASE', `task ${id} is ${phase}: it has no result`)
  }
  const what = {
    result: delivery.result,
    taskHash: record.taskHash,
    receipt: delivery.receipt.message,
  }
  const bytes = await context.executor.fetchResult(what, deal.provider, {
    maxBytes: context.options.maxResultBytes,
  })
  return { outcome: delivery.result.verdict, exitCode: delivery.result.exitCode, ...bytes }
}

const health = async ({ chain, network, settlement }: Context): Promise<HealthView> => {
  const peers = network.peers().length
  const chainCheck = await chain.head().then(
    ({ block }) => ({ isOk: true, detail: `block ${block}` }),
    (error) => ({ isOk: false, detail: `${faultCode(error)}: ${messageOf(error)}` }),
  )
  const { isHalted } = settlement.status()
  const checks = {
    chain: chainCheck,
    store: { isOk: !isHalted, detail: isHalted ? 'a write failed' : 'writable' },
    network: { isOk: true, detail: `${peers} peers` },
  }
  return { isReady: Object.values(checks).every(({ isOk }) => isOk), checks }
}

const selfView = ({ chain, network, options, sandbox }: Context): SelfView => {
  const { chainId, contracts, tokenDecimals, tokenSymbol } = chain.identity
  return {
    ...options.self,
    ...network.self(),
    addresses: [...network.self().addresses],
    agent: options.agent,
    chainId,
    token: { address: contracts.token, symbol: tokenSymbol, decimals: tokenDecimals },
    engineHash: sandbox.engineHash,
  }
}

export const createNodeApi = (deps: NodeApiDeps, options: NodeApiOptions): NodeApi => {
  const context = { ...deps, options }
  const { auctioneer, chain, channel, content, network, requester, tasks } = deps
  const { contracts, tokenDecimals, tokenSymbol } = chain.identity
  const ordering = { ...deps, pastFuel: (module: Cid) => pastFuelOf(tasks.all(), module) }
  return {
    agent: options.agent,
    token: { address: contracts.token, symbol: tokenSymbol, decimals: tokenDecimals },
    executeWithPayment: async (order) => {
      const earlier = tasks.get(taskIdOf(order.requestId))
      const record = earlier ?? (await prepareTask(ordering, order, options.order))
      return viewBought(context, await requester.add(record))
    },
    estimate: (order) =>
      estimateOrder({ ...ordering, auctions: () => auctioneer.seen() }, order, options.order),
    task: async (id) => view(context, await find(context, id)),
    tasks: (page) => listTasks(context, page),
    economicStatus: (id) => economicStatus(context, id),
    complete: async (id) => {
      await bought(context, id)
      return viewBought(context, await requester.complete(id))
    },
    cancel: async (id) => {
      await bought(context, id)
      return viewBought(context, await requester.cancel(id))
    },
    result: (id) => resultOf(context, id),
    verifyReceipt: createVerifier(deps, options),
    auctions: async () => auctioneer.seen(),
    ...createChannelActions(channel),
    networkSight: async () => networkSightView(network),
    peers: async () => network.peers().map((peer) => ({ ...peer, addresses: [...peer.addresses] })),
    self: async () => selfView(context),
    chainStatus: () => chainStatusView(context),
    ...createTransactionViews(context),
    putContent: (bytes) => content.put(bytes),
    getContent: async (cid) => {
      if (!(await content.has(cid))) throw notFound(`content ${cid}`)
      return content.get(cid, { from: [], maxBytes: options.maxContentBytes })
    },
    health: () => health(context),
    events: deps.events,
  }
}

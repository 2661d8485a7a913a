import { z } from 'zod'
import { channelRoutes } from './channel-routes.ts'
import { ExecuteRequest } from './execute-request.ts'
import { CidText, HashText, TaskId } from './text.ts'
import { SubjectText, TransactionView } from './transaction-view.ts'
import {
  AuctionView,
  ChainStatusView,
  ContentView,
  EconomicStatusView,
  EstimateView,
  HealthView,
  NetworkSightView,
  PeerView,
  ResultView,
  SelfView,
  TaskView,
  VerificationView,
} from './views.ts'

/** What a token must hold: `spend` may start what costs money, `write` changes the rest, `public` asks for no token. */
export type Scope = 'public' | 'read' | 'write' | 'spend'

/** How a command line shows the route. `columns`: what a table of the answer holds, the first one in full; `money`: fields in atomic units, to be shown in tokens. */
export type CliHint = {
  command: string
  columns?: readonly string[]
  money?: readonly string[]
}

export type Route = {
  method: 'GET' | 'POST' | 'PUT'
  path: string
  scope: Scope
  summary: string
  params?: z.ZodType<Record<string, string>>
  query?: z.ZodType<Record<string, unknown>>
  /** 'bytes' stands for an octet stream. */
  body?: z.ZodType | 'bytes'
  answer: z.ZodType | 'bytes' | 'events'
  cli?: CliHint
}

const byTask = z.strictObject({ id: TaskId })
const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })

/** Query of a list: where to go on (an earlier answer's nextCursor) and how many to give. */
export const PageQuery = z.strictObject({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** Query of transactions: those about one channel, escrow or agent only. */
export const TransactionsQuery = PageQuery.extend({ subject: SubjectText.optional() })

/** Query of the event stream: events with a greater seq; only new ones when left out. */
export const EventsQuery = z.strictObject({ after: z.coerce.number().int().min(0).optional() })

const TASK_AMOUNTS = ['budget', 'price', 'paid', 'refunded', 'cost'] as const
const STATUS_MONEY = [
  'amountPaid',
  'refunded',
  'cost',
  'channel.deposit',
  'channel.sent',
  'channel.reserved',
  'budget.maxPrice',
  'budget.agreedPrice',
  'budget.prepaid',
  'receipt.cost',
] as const

/** Every route there is: server, client, OpenAPI and command line all follow from this table. */
export const routes = {
  executeWithPayment: {
    method: 'POST',
    path: '/api/v1/tasks/execute-with-payment',
    scope: 'spend',
    summary: 'Buy a task: auction, channel, execution, payment',
    body: ExecuteRequest,
    answer: TaskView,
  },
  estimate: {
    method: 'POST',
    path: '/api/v1/tasks/estimate',
    scope: 'write',
    summary: 'What a task will use and cost, before anybody is asked; may run its beginning here',
    body: ExecuteRequest,
    answer: EstimateView,
  },
  tasks: {
    method: 'GET',
    path: '/api/v1/tasks',
    scope: 'read',
    summary: 'Tasks bought and sold, newest first',
    query: PageQuery,
    answer: pageOf(TaskView),
    cli: {
      command: 'task list',
      columns: ['id', 'role', 'phase', 'code', 'cost', 'exitCode'],
      money: ['cost'],
    },
  },
  task: {
    method: 'GET',
    path: '/api/v1/tasks/:id',
    scope: 'read',
    summary: 'One task',
    params: byTask,
    answer: TaskView,
    cli: { command: 'task show', money: TASK_AMOUNTS },
  },
  economicStatus: {
    method: 'GET',
    path: '/api/v1/tasks/:id/economic-status',
    scope: 'read',
    summary: 'What a task has cost, whom, and the proof',
    params: byTask,
    answer: EconomicStatusView,
    cli: { command: 'task money', money: STATUS_MONEY },
  },
  result: {
    method: 'GET',
    path: '/api/v1/tasks/:id/result',
    scope: 'read',
    summary: 'Output of a delivered task',
    params: byTask,
    answer: ResultView,
    cli: { command: 'task result' },
  },
  complete: {
    method: 'POST',
    path: '/api/v1/tasks/:id/complete',
    scope: 'spend',
    summary: 'Accept and pay a delivered task that waits for its owner',
    params: byTask,
    answer: TaskView,
    cli: { command: 'task complete', money: TASK_AMOUNTS },
  },
  cancel: {
    method: 'POST',
    path: '/api/v1/tasks/:id/cancel',
    scope: 'write',
    summary: 'End a task that has not been delivered',
    params: byTask,
    answer: TaskView,
    cli: { command: 'task cancel', money: TASK_AMOUNTS },
  },
  verifyReceipt: {
    method: 'POST',
    path: '/api/v1/receipts/:id/verify',
    scope: 'write',
    summary:
      'Run the task of a receipt again on this machine and compare; by the hash of the receipt or the id of its task',
    params: byTask,
    answer: VerificationView,
  },
  auctions: {
    method: 'GET',
    path: '/api/v1/auctions',
    scope: 'read',
    summary: 'Auctions seen lately, with their bids',
    answer: z.object({ items: z.array(AuctionView) }),
    cli: {
      command: 'auction list',
      columns: ['auctionId', 'phase', 'requester', 'maxPrice', 'winner'],
      money: ['maxPrice'],
    },
  },
  ...channelRoutes,
  peers: {
    method: 'GET',
    path: '/api/v1/network/peers',
    scope: 'read',
    summary: 'Connected peers',
    answer: z.object({ items: z.array(PeerView) }),
    cli: { command: 'network peers', columns: ['agent', 'peerId', 'addresses'] },
  },
  networkSight: {
    method: 'GET',
    path: '/api/v1/network/reachability',
    scope: 'read',
    summary: 'What the network sees of this node, and what is wrong with it',
    answer: NetworkSightView,
  },
  self: {
    method: 'GET',
    path: '/api/v1/network/self',
    scope: 'read',
    summary: 'This node: identity, addresses, offer',
    answer: SelfView,
    cli: { command: 'network self', money: ['offer.basePrice', 'offer.pricePerMfuel'] },
  },
  chainStatus: {
    method: 'GET',
    path: '/api/v1/chain/status',
    scope: 'read',
    summary: 'Chain, balances and transactions under way',
    answer: ChainStatusView,
    cli: { command: 'chain status', money: ['balances.token'] },
  },
  transactions: {
    method: 'GET',
    path: '/api/v1/transactions',
    scope: 'read',
    summary: 'Transactions that concerned this node, newest first',
    query: TransactionsQuery,
    answer: pageOf(TransactionView),
    cli: {
      command: 'chain transactions',
      columns: ['hash', 'call', 'status', 'effect', 'block', 'channels'],
    },
  },
  transaction: {
    method: 'GET',
    path: '/api/v1/transactions/:hash',
    scope: 'read',
    summary: 'One transaction by its hash',
    params: z.strictObject({ hash: HashText }),
    answer: TransactionView,
    cli: { command: 'chain transaction' },
  },
  putContent: {
    method: 'PUT',
    path: '/api/v1/content',
    scope: 'write',
    summary: 'Keep bytes and name them by their hash',
    body: 'bytes',
    answer: ContentView,
  },
  getContent: {
    method: 'GET',
    path: '/api/v1/content/:cid',
    scope: 'read',
    summary: 'Kept bytes by their hash',
    params: z.strictObject({ cid: CidText }),
    answer: 'bytes',
  },
  events: {
    method: 'GET',
    path: '/api/v1/events',
    scope: 'read',
    summary: 'Live events over a WebSocket; resume with after=<last seq>',
    query: EventsQuery,
    answer: 'events',
  },
  alive: {
    method: 'GET',
    path: '/healthz',
    scope: 'public',
    summary: 'The process answers',
    answer: z.object({ isAlive: z.literal(true) }),
  },
  health: {
    method: 'GET',
    path: '/readyz',
    scope: 'public',
    summary: 'Each part of the node works (503 where one does not)',
    answer: HealthView,
  },
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    scope: 'public',
    summary: 'This table as OpenAPI 3.1',
    answer: z.record(z.string(), z.unknown()),
  },
} as const satisfies Record<string, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes

/** Routes whose answers depend on an Idempotency-Key when one is sent. */
export const isMutation = ({ method }: Pick<Route, 'method'>): boolean => method === 'POST'

// What the control port speaks: events, views, routes and the typed client. Performs no I/O of its own.
export type { Emit, NodeEvent, StampedEvent } from './events.ts'
export { BytesSource, ExecuteRequest, type ExecuteRequestInput } from './execute-request.ts'
export type {
  EventLog,
  NodeApi,
  OrderSource,
  Page,
  PageRequest,
  TaskOrder,
  TaskResult,
} from './node-api.ts'
export type {
  AuctionView,
  BidView,
  ChainStatusView,
  ChannelView,
  ContentView,
  EconomicStatusView,
  HealthView,
  OutboxView,
  Outcome,
  PeerView,
  ReceiptView,
  ResultView,
  SelfView,
  TaskPhase,
  TaskView,
  TokenView,
} from './views.ts'
export { TASK_PHASES } from './views.ts'

// What the control port speaks: events, views, routes and the typed client. Performs no I/O of its own.

export type { ChannelApi } from './channel-api.ts'
export type { ChannelView, ExposureView, WatchView } from './channel-views.ts'
export {
  type CallInput,
  type CallOptions,
  type ControlClient,
  type ControlClientOptions,
  createControlClient,
} from './client.ts'
export {
  BEARER_PROTOCOL_PREFIX,
  EVENTS_PROTOCOL,
  type EventSocket,
  followEvents,
  type StreamMessage,
} from './event-stream.ts'
export type { Emit, NodeEvent, StampedEvent } from './events.ts'
export { BytesSource, ExecuteRequest, type ExecuteRequestInput } from './execute-request.ts'
export { type ControlFault, statusOf } from './faults.ts'
export type {
  EventLog,
  NodeApi,
  OrderSource,
  Page,
  PageRequest,
  TaskOrder,
  TaskResult,
} from './node-api.ts'
export { openApiOf } from './openapi.ts'
export { invalidRequest, Problem, problemOf } from './problem.ts'
export {
  type CliHint,
  EventsQuery,
  isMutation,
  type Route,
  type RouteName,
  routes,
  type Scope,
} from './routes.ts'
export type { TransactionView } from './transaction-view.ts'
export type {
  AuctionView,
  BidView,
  ChainStatusView,
  ContentView,
  EconomicStatusView,
  EstimateView,
  HealthView,
  NetworkSightView,
  OutboxView,
  Outcome,
  PeerView,
  ReceiptView,
  ResultView,
  SelfView,
  TaskPhase,
  TaskView,
  TokenView,
  VerificationView,
} from './views.ts'
export { isOver, TASK_PHASES } from './views.ts'

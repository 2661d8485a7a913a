// A task's journey, for the side that buys and the side that sells: calls the steps, carries plain data between them, and remembers
// durably how far it got. Answers the control port from what it remembers.
export { createDealBook, creditTo } from './deal-book.ts'
export { createEventLog } from './event-log.ts'
export { createKeep } from './keeping.ts'
export { createNodeApi, type NodeApiOptions } from './node-api.ts'
export { createProvider, type Provider } from './provider.ts'
export type { ProviderOptions } from './provider-deps.ts'
export { createRequester, type Requester } from './requester.ts'
export type { RequesterOptions } from './requester-deps.ts'
export { createTaskBook } from './task-book.ts'

// What the control port speaks: events, views, routes and the typed client. Performs no I/O of its own.
export type { Emit, NodeEvent, StampedEvent } from './events.ts'

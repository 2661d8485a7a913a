// Keeps this agent's payment channels: one writer each, durable before anything is said, and in time on chain. What a promise is worth is
// decided in protocols/channel; transactions are settlement's business.
export type { ChannelKeeperDeps, ChannelKeeperOptions, Submit } from './desk.ts'
export { type ChannelKeeper, createChannelKeeper } from './keeper.ts'
export type { Backing } from './payee.ts'
export type { PayOptions, Reservation } from './payer.ts'
export type { ChannelView } from './view.ts'

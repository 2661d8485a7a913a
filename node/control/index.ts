// The HTTP port: checks who asks and what, calls the node's API, shows views and live events. Decides nothing about tasks or money.
export type { ControlDeps } from './control-app.ts'
export {
  type ControlOptions,
  type ControlServer,
  createControlServer,
} from './control-server.ts'
export { openOwnerToken } from './owner-token.ts'
export { createTokens, type Grant, ownerGrant, type Tokens } from './tokens.ts'

// A chain of one's own, for trying things out: starts and stops anvil. Puts nothing on the chain.
export type { AnvilFault } from './faults.ts'
export { type LocalChainOptions, type RunningChain, startLocalChain } from './start-local-chain.ts'

// The chain through viem: contract calls, transactions, events, and the checks that it is the chain it seems to be. Decides nothing.
export {
  type ConnectDeps,
  type ConnectedChain,
  type ConnectOptions,
  connectChain,
  type LocalChain,
} from './connect-chain.ts'
export { createViemChain, type ViemChainDeps, type ViemChainOptions } from './create-viem-chain.ts'
export type { Deployment, NetworkSettings } from './deployment.ts'
export type { ChainFault } from './faults.ts'
export { type FundLocalAgent, fundLocalAgent, type LocalFund } from './local.ts'
export {
  type ChainFacts,
  type ChainPins,
  type ChainProblem,
  checkChainIsWhatItSeems,
  isLocalChain,
} from './safety.ts'

import type { Address } from '../../../protocols/common/index.ts'

/** Where the contracts stand; `block` is the first that can hold their events. JSON as it is, addresses in lower case. */
export type Deployment = {
  paymentChannel: Address
  disputeArbiter: Address
  /** Missing where the deployment has no escrows. */
  escrow?: Address | null
  reputation?: Address | null
  token: Address
  block: number
}

/** What config/networks/*.json says of a chain. */
export type NetworkSettings = {
  chainId: number
  name: string
  confirmations: number
  minWindowSeconds: number
  contracts: { [Name in keyof Deployment]: Deployment[Name] | null }
}

/** The deployment that a network's settings name; null unless they name all that channels need. */
export const deploymentIn = (network: NetworkSettings | null): Deployment | null => {
  if (network === null) return null
  const { paymentChannel, disputeArbiter, token, block } = network.contracts
  const { escrow = null, reputation = null } = network.contracts
  if (paymentChannel === null || disputeArbiter === null || token === null) return null
  return { paymentChannel, disputeArbiter, escrow, reputation, token, block: block ?? 0 }
}

/** The same with every address in lower case, as everywhere in the node. */
export const lowerCased = (deployment: Deployment): Deployment => {
  const lower = (address: Address) => address.toLowerCase() as Address
  return {
    paymentChannel: lower(deployment.paymentChannel),
    disputeArbiter: lower(deployment.disputeArbiter),
    ...(deployment.escrow ? { escrow: lower(deployment.escrow) } : {}),
    ...(deployment.reputation ? { reputation: lower(deployment.reputation) } : {}),
    token: lower(deployment.token),
    block: deployment.block,
  }
}

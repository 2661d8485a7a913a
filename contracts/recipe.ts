// How one contract comes to stand on a chain, and how it is known again.
import type { Abi, Account, Address, Chain, Hex, PublicClient, Transport, WalletClient } from 'viem'
import { maskedCodeHash } from './code-hash.ts'

export type DeployClients = {
  publicClient: PublicClient
  walletClient: WalletClient<Transport, Chain, Account>
}

export type Recipe = {
  name: string
  abi: Abi
  bytecode: Hex
  args: readonly unknown[]
  codeHash: Hex
  immutables: readonly (readonly [start: number, length: number])[]
}

/** `minedIn` is null where the contract stood already. */
export type Placed = { address: Address; minedIn: bigint | null }

/** Whether code of this recipe stands there, immutables aside. */
export const holds = async (
  client: PublicClient,
  address: Address,
  recipe: Pick<Recipe, 'codeHash' | 'immutables'>,
): Promise<boolean> => {
  const code = await client.getCode({ address })
  return code !== undefined && maskedCodeHash(code, recipe.immutables) === recipe.codeHash
}

/** One transaction, waited for. */
export const deploy = async (clients: DeployClients, recipe: Recipe): Promise<Placed> => {
  const { abi, bytecode, args } = recipe
  const hash = await clients.walletClient.deployContract({ abi, bytecode, args })
  const receipt = await clients.publicClient.waitForTransactionReceipt({ hash })
  if (receipt.status !== 'success' || !receipt.contractAddress) {
    throw new Error(`Deploying ${recipe.name} failed in transaction ${hash}`)
  }
  return { address: receipt.contractAddress, minedIn: receipt.blockNumber }
}

export const reuseOrDeploy = async (
  clients: DeployClients,
  recipe: Recipe,
  known: Address | null | undefined,
): Promise<Placed> =>
  known && (await holds(clients.publicClient, known, recipe))
    ? { address: known, minedIn: null }
    : deploy(clients, recipe)

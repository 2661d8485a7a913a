// Puts the contracts on a chain, and finds the ones that are already there.
import type { Abi, Account, Address, Chain, Hex, PublicClient, Transport, WalletClient } from 'viem'
import {
  disputeArbiterContractAbi,
  disputeArbiterContractBytecode,
  disputeArbiterContractCodeHash,
  disputeArbiterContractImmutables,
  paymentChannelContractAbi,
  paymentChannelContractBytecode,
  paymentChannelContractCodeHash,
  paymentChannelContractImmutables,
  testTokenAbi,
  testTokenBytecode,
  testTokenCodeHash,
  testTokenImmutables,
} from './abi/index.ts'
import { maskedCodeHash } from './code-hash.ts'

/** Where the contracts stand. `token` is null where no test token is wanted; `block` is the first block that can hold their events. */
export type Deployment = {
  paymentChannel: Address
  disputeArbiter: Address
  token: Address | null
  block: bigint
}

export type DeployClients = {
  publicClient: PublicClient
  walletClient: WalletClient<Transport, Chain, Account>
}

/**
 * `minWindow` in seconds; `owner` may pause entry and cap it; `tokens` may come in beside the native coin and the test token; `earlier`
 * is reused where the same code still stands there.
 */
export type DeployOptions = {
  minWindow: number
  owner: Address
  withTestToken: boolean
  tokens?: readonly Address[]
  earlier?: Deployment | undefined
}

type Recipe = {
  name: string
  abi: Abi
  bytecode: Hex
  args: readonly unknown[]
  codeHash: Hex
  immutables: readonly (readonly [start: number, length: number])[]
}

type Placed = { address: Address; minedIn: bigint | null }

const NATIVE_COIN: Address = '0x0000000000000000000000000000000000000000'

const paymentChannelRecipe = (
  { minWindow, owner }: DeployOptions,
  tokens: readonly Address[],
): Recipe => ({
  name: 'PaymentChannelContract',
  abi: paymentChannelContractAbi,
  bytecode: paymentChannelContractBytecode,
  args: [minWindow, owner, tokens],
  codeHash: paymentChannelContractCodeHash,
  immutables: paymentChannelContractImmutables,
})

const disputeArbiterRecipe: Recipe = {
  name: 'DisputeArbiterContract',
  abi: disputeArbiterContractAbi,
  bytecode: disputeArbiterContractBytecode,
  args: [],
  codeHash: disputeArbiterContractCodeHash,
  immutables: disputeArbiterContractImmutables,
}

const testTokenRecipe: Recipe = {
  name: 'TestToken',
  abi: testTokenAbi,
  bytecode: testTokenBytecode,
  args: [],
  codeHash: testTokenCodeHash,
  immutables: testTokenImmutables,
}

const holds = async (client: PublicClient, address: Address, recipe: Recipe): Promise<boolean> => {
  const code = await client.getCode({ address })
  return code !== undefined && maskedCodeHash(code, recipe.immutables) === recipe.codeHash
}

const hasMinWindow = async (client: PublicClient, address: Address, seconds: number) =>
  (await client.readContract({
    address,
    abi: paymentChannelContractAbi,
    functionName: 'minWindow',
  })) === seconds

const deploy = async (clients: DeployClients, recipe: Recipe): Promise<Placed> => {
  const { abi, bytecode, args } = recipe
  const hash = await clients.walletClient.deployContract({ abi, bytecode, args })
  const receipt = await clients.publicClient.waitForTransactionReceipt({ hash })
  if (receipt.status !== 'success' || !receipt.contractAddress) {
    throw new Error(`Deploying ${recipe.name} failed in transaction ${hash}`)
  }
  return { address: receipt.contractAddress, minedIn: receipt.blockNumber }
}

const reuseOrDeploy = async (
  clients: DeployClients,
  recipe: Recipe,
  known: Address | null | undefined,
): Promise<Placed> =>
  known && (await holds(clients.publicClient, known, recipe))
    ? { address: known, minedIn: null }
    : deploy(clients, recipe)

const takesIn = async (client: PublicClient, address: Address, token: Address) =>
  (await client.readContract({
    address,
    abi: paymentChannelContractAbi,
    functionName: 'depositCap',
    args: [token],
  })) > 0n

const reusableChannel = async (
  client: PublicClient,
  { earlier, minWindow }: DeployOptions,
  { recipe, tokens }: { recipe: Recipe; tokens: readonly Address[] },
): Promise<Address | undefined> => {
  const known = earlier?.paymentChannel
  const isSame = known && (await holds(client, known, recipe))
  if (!isSame || !(await hasMinWindow(client, known, minWindow))) return undefined
  for (const token of tokens) if (!(await takesIn(client, known, token))) return undefined
  return known
}

/** Deploys what is missing, one transaction at a time, each waited for. Calling it again with its own answer as `earlier` changes nothing. */
export const deployContracts = async (
  clients: DeployClients,
  options: DeployOptions,
): Promise<Deployment> => {
  const { earlier, withTestToken } = options
  const token = withTestToken ? await reuseOrDeploy(clients, testTokenRecipe, earlier?.token) : null
  const tokens = [NATIVE_COIN, ...(options.tokens ?? []), ...(token ? [token.address] : [])]
  const recipe = paymentChannelRecipe(options, tokens)
  const known = await reusableChannel(clients.publicClient, options, { recipe, tokens })
  const channel: Placed = known ? { address: known, minedIn: null } : await deploy(clients, recipe)
  const arbiter = await reuseOrDeploy(clients, disputeArbiterRecipe, earlier?.disputeArbiter)
  return {
    paymentChannel: channel.address,
    disputeArbiter: arbiter.address,
    token: token?.address ?? null,
    // Only the channel contract is followed by its events, so its block is where indexing starts.
    block: channel.minedIn ?? earlier?.block ?? 0n,
  }
}

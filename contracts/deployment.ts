// Puts the contracts on a chain, and finds the ones that are already there.
import type { Address, PublicClient } from 'viem'
import {
  paymentChannelContractAbi,
  paymentChannelContractBytecode,
  paymentChannelContractCodeHash,
  paymentChannelContractImmutables,
  testTokenAbi,
  testTokenBytecode,
  testTokenCodeHash,
  testTokenImmutables,
} from './abi/index.ts'
import { type CourtTimes, codeOfCourt, LOCAL_TIMES, placeCourt, REAL_TIMES } from './court.ts'
import { type CourtTerms, LOCAL_COURT, realCourt } from './court-settings.ts'
import {
  type DeployClients,
  deploy,
  holds,
  isOwnedBy,
  type OnPlacing,
  type Recipe,
  reuseOrDeploy,
} from './recipe.ts'

export type { DeployClients } from './recipe.ts'

/** Where the contracts stand. `token` is null where no test token is wanted; `block` is the first block that can hold their events. */
export type Deployment = {
  paymentChannel: Address
  disputeArbiter: Address
  escrow: Address
  reputation: Address
  token: Address | null
  block: bigint
}

/** What an earlier run left; what it does not name is deployed. */
export type EarlierDeployment = { [Name in keyof Deployment]?: Deployment[Name] | null }

/**
 * `minWindow` in seconds; `owner` may pause entry and cap it; `tokens` may come in beside the native coin and the test token; `times` and `terms` are
 * those of real money unless `minWindow` is below an hour; `earlier` is reused where the same code still stands there, with the same owner
 * and settings; `onPlacing` is told where each contract will stand before its transaction is sent, so that an interrupted run goes on where
 * it ended.
 */
export type DeployOptions = {
  minWindow: number
  owner: Address
  withTestToken: boolean
  tokens?: readonly Address[]
  times?: CourtTimes
  terms?: CourtTerms
  earlier?: EarlierDeployment | undefined
  onPlacing?: (places: EarlierDeployment) => Promise<void>
}

const HOUR = 3600
const NATIVE_COIN: Address = '0x0000000000000000000000000000000000000000'

/** What code each contract has, by its place in a deployment. */
export const codeOf = {
  paymentChannel: {
    name: 'PaymentChannelContract',
    codeHash: paymentChannelContractCodeHash,
    immutables: paymentChannelContractImmutables,
  },
  ...codeOfCourt,
} satisfies Record<string, Pick<Recipe, 'name' | 'codeHash' | 'immutables'>>

const paymentChannelRecipe = (
  { minWindow, owner }: DeployOptions,
  tokens: readonly Address[],
): Recipe => ({
  ...codeOf.paymentChannel,
  abi: paymentChannelContractAbi,
  bytecode: paymentChannelContractBytecode,
  args: [minWindow, owner, tokens],
})

const testTokenRecipe: Recipe = {
  name: 'TestToken',
  abi: testTokenAbi,
  bytecode: testTokenBytecode,
  args: [],
  codeHash: testTokenCodeHash,
  immutables: testTokenImmutables,
}

const hasMinWindow = async (client: PublicClient, address: Address, seconds: number) =>
  (await client.readContract({
    address,
    abi: paymentChannelContractAbi,
    functionName: 'minWindow',
  })) === seconds

const takesIn = async (client: PublicClient, address: Address, token: Address) =>
  (await client.readContract({
    address,
    abi: paymentChannelContractAbi,
    functionName: 'depositCap',
    args: [token],
  })) > 0n

type ChannelPlan = { recipe: Recipe; tokens: readonly Address[]; onPlacing: OnPlacing }

const reusableChannel = async (
  client: PublicClient,
  { earlier, minWindow, owner }: DeployOptions,
  { recipe, tokens }: ChannelPlan,
): Promise<Address | undefined> => {
  const known = earlier?.paymentChannel
  if (!known || !(await holds(client, known, recipe))) return undefined
  if (!(await hasMinWindow(client, known, minWindow))) return undefined
  if (!(await isOwnedBy(client, known, owner))) return undefined
  for (const token of tokens) if (!(await takesIn(client, known, token))) return undefined
  return known
}

const placeChannel = async (
  clients: DeployClients,
  options: DeployOptions,
  plan: ChannelPlan,
): Promise<Address> =>
  (await reusableChannel(clients.publicClient, options, plan)) ??
  deploy(clients, plan.recipe, plan.onPlacing)

const courtIn = ({ reputation, escrow, disputeArbiter }: EarlierDeployment) => ({
  ...(reputation ? { reputation } : {}),
  ...(escrow ? { escrow } : {}),
  ...(disputeArbiter ? { disputeArbiter } : {}),
})

const termsFor = ({ minWindow, times, terms }: DeployOptions, chainId: number) => {
  const isLocal = minWindow < HOUR
  return {
    times: times ?? (isLocal ? LOCAL_TIMES : REAL_TIMES),
    terms: terms ?? (isLocal ? LOCAL_COURT : realCourt(chainId)),
  }
}

/** Deploys what is missing, one transaction at a time, each waited for. Calling it again with its own answer as `earlier` changes nothing. */
export const deployContracts = async (
  clients: DeployClients,
  options: DeployOptions,
): Promise<Deployment> => {
  const { earlier = {}, withTestToken, owner } = options
  const onPlacing = options.onPlacing ?? (async () => undefined)
  const token = withTestToken
    ? await reuseOrDeploy(clients, { recipe: testTokenRecipe, known: earlier.token }, (address) =>
        onPlacing({ token: address }),
      )
    : null
  const tokens = [...(options.tokens ?? []), ...(token ? [token] : [])]
  const accepted = [NATIVE_COIN, ...tokens]
  // Only the channel contract is followed by its events, so its block is where indexing starts.
  let block = earlier.block ?? 0n
  const paymentChannel = await placeChannel(clients, options, {
    recipe: paymentChannelRecipe(options, accepted),
    tokens: accepted,
    onPlacing: async (address) => {
      block = (await clients.publicClient.getBlockNumber({ cacheTime: 0 })) + 1n
      await onPlacing({ paymentChannel: address, block })
    },
  })
  const court = await placeCourt(clients, {
    ...termsFor(options, clients.walletClient.chain.id),
    ...{ owner, tokens, onPlacing },
    earlier: courtIn(earlier),
  })
  return { paymentChannel, ...court, token, block }
}

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
import { type CourtTimes, LOCAL_TIMES, placeCourt, REAL_TIMES } from './court.ts'
import { type CourtTerms, LOCAL_COURT, realCourt } from './court-settings.ts'
import {
  type DeployClients,
  deploy,
  holds,
  type Placed,
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
 * those of real money unless `minWindow` is below an hour; `earlier` is reused where the same code still stands there; `onPlaced` is told of
 * each contract as soon as it stands, so that an interrupted run goes on where it ended.
 */
export type DeployOptions = {
  minWindow: number
  owner: Address
  withTestToken: boolean
  tokens?: readonly Address[]
  times?: CourtTimes
  terms?: CourtTerms
  earlier?: EarlierDeployment | undefined
  onPlaced?: (placed: EarlierDeployment) => Promise<void>
}

const HOUR = 3600
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

const placeChannel = async (
  clients: DeployClients,
  options: DeployOptions,
  tokens: readonly Address[],
): Promise<Placed> => {
  const recipe = paymentChannelRecipe(options, tokens)
  const known = await reusableChannel(clients.publicClient, options, { recipe, tokens })
  return known ? { address: known, minedIn: null } : deploy(clients, recipe)
}

const courtIn = ({ reputation, escrow, disputeArbiter }: EarlierDeployment) => ({
  ...(reputation ? { reputation } : {}),
  ...(escrow ? { escrow } : {}),
  ...(disputeArbiter ? { disputeArbiter } : {}),
})

/** Deploys what is missing, one transaction at a time, each waited for. Calling it again with its own answer as `earlier` changes nothing. */
export const deployContracts = async (
  clients: DeployClients,
  options: DeployOptions,
): Promise<Deployment> => {
  const { earlier = {}, withTestToken, owner, minWindow } = options
  const onPlaced = options.onPlaced ?? (async () => undefined)
  const token = withTestToken ? await reuseOrDeploy(clients, testTokenRecipe, earlier.token) : null
  if (token) await onPlaced({ token: token.address })
  const tokens = [...(options.tokens ?? []), ...(token ? [token.address] : [])]
  const channel = await placeChannel(clients, options, [NATIVE_COIN, ...tokens])
  // Only the channel contract is followed by its events, so its block is where indexing starts.
  const block = channel.minedIn ?? earlier.block ?? 0n
  await onPlaced({ paymentChannel: channel.address, block })
  const isLocal = minWindow < HOUR
  const times = options.times ?? (isLocal ? LOCAL_TIMES : REAL_TIMES)
  const terms = options.terms ?? (isLocal ? LOCAL_COURT : realCourt(clients.walletClient.chain.id))
  const court = await placeCourt(clients, {
    ...{ owner, tokens, times, terms, onPlaced },
    earlier: courtIn(earlier),
  })
  return { paymentChannel: channel.address, ...court, token: token?.address ?? null, block }
}

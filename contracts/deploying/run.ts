// One deployment: what stands is checked, what is missing is placed, and each place is kept before anything is sent to it.
import {
  type Address,
  createPublicClient,
  createWalletClient,
  defineChain,
  formatEther,
  type LocalAccount,
  type PublicClient,
  parseAbi,
  type Transport,
} from 'viem'
import type { ChainNetwork } from '../../config/index.ts'
import { codeOf, deployContracts, type EarlierDeployment } from '../deployment.ts'
import { codeHashAt, type DeployClients, type Mined } from '../recipe.ts'
import { openPlaces, type Places } from './places.ts'

export type DeployRun = {
  /** config/networks/<network>.json, or one like it. */
  file: string
  transport: Transport
  /** Pays for it, and signs. */
  account: LocalAccount
  /** May pause entry and cap it. */
  owner: Address
  /** On a chain where money is real: whether contracts that stand may be given up for new ones. */
  mayReplace: boolean
  say(line: string): void
}

type ContractName = keyof typeof codeOf

/** Where nothing has a price: contracts come and go, and a test token stands in for money. */
export const isPlayChain = (chainId: number): boolean => chainId === 31_337 || chainId === 1337

/** A reason not to deploy; nothing is sent after it. */
export class DeployRefusal extends Error {}

const ERC20 = parseAbi(['function decimals() view returns (uint8)'])
const MONEY_DECIMALS = 6
const POLL_MS = 1000

const clientsOf = ({ transport, account }: DeployRun, network: ChainNetwork) => {
  const { chainId: id, name, nativeSymbol: symbol } = network
  const chain = defineChain({
    ...{ id, name, rpcUrls: { default: { http: [] } } },
    nativeCurrency: { name: symbol, symbol, decimals: 18 },
  })
  const shared = { chain, transport, pollingInterval: isPlayChain(id) ? POLL_MS / 20 : POLL_MS }
  return {
    publicClient: createPublicClient(shared) as PublicClient,
    walletClient: createWalletClient({ ...shared, account }),
  }
}

const requireChain = async ({ publicClient, walletClient }: DeployClients, id: number) => {
  const chainId = await publicClient.getChainId()
  if (chainId !== id) throw new DeployRefusal(`this is chain ${chainId}, not ${id}`)
  const { address } = walletClient.account
  const [mined, all] = await Promise.all([
    publicClient.getTransactionCount({ address, blockTag: 'latest' }),
    publicClient.getTransactionCount({ address, blockTag: 'pending' }),
  ])
  // It may be what an interrupted run sent: only once it is mined does the chain say what stands.
  if (all > mined) throw new DeployRefusal(`a transaction of ${address} is pending: wait for it`)
}

const requireMoney = async (client: PublicClient, token: Address | null): Promise<Address> => {
  if (token === null) throw new DeployRefusal('the network file names no token to pay with')
  if ((await client.getCode({ address: token })) === undefined) {
    throw new DeployRefusal(`no token stands at ${token}`)
  }
  const decimals = await client.readContract({
    address: token,
    abi: ERC20,
    functionName: 'decimals',
  })
  if (decimals !== MONEY_DECIMALS) {
    throw new DeployRefusal(`fees are set for ${MONEY_DECIMALS} decimals; ${token} has ${decimals}`)
  }
  return token
}

/** Names every contract of the file whose place has other code. */
const otherCode = async (client: PublicClient, earlier: EarlierDeployment): Promise<string[]> => {
  const lines: string[] = []
  for (const [name, recipe] of Object.entries(codeOf)) {
    const address = earlier[name as ContractName]
    const found = address ? await codeHashAt(client, address, recipe) : null
    if (found === null || found === recipe.codeHash) continue
    lines.push(`${recipe.name} at ${address}: code ${found}, expected ${recipe.codeHash}`)
  }
  return lines
}

/** Refuses to give up what stands: its code may be right, and its owner or its settings others. */
const requireFree = async (client: PublicClient, known: EarlierDeployment, name: ContractName) => {
  const address = known[name]
  if (!address || (await client.getCode({ address })) === undefined) return
  throw new DeployRefusal(
    `${codeOf[name].name} at ${address} has another owner, other settings or other neighbours; --replace gives it up`,
  )
}

const keeperOf =
  (places: Places, client: PublicClient, guarded: boolean) => async (next: EarlierDeployment) => {
    for (const name of Object.keys(next)) {
      if (guarded && name in codeOf) await requireFree(client, places.earlier, name as ContractName)
    }
    await places.keep(next)
  }

/** Brings a chain to the state its file asks for, and the file up to date. Resolves to what had to be placed. */
export const runDeployment = async (run: DeployRun): Promise<Mined[]> => {
  const places = await openPlaces(run.file)
  const { network, earlier } = places
  const mined: Mined[] = []
  const clients: DeployClients = {
    ...clientsOf(run, network),
    onMined: (placed) => {
      mined.push(placed)
      const cost = formatEther(placed.gas * placed.price)
      const price = `${placed.gas} gas, ${cost} ${network.nativeSymbol}`
      run.say(`${placed.name} placed at ${placed.address}: ${price}`)
    },
  }
  const { publicClient } = clients
  await requireChain(clients, network.chainId)
  const isPlay = isPlayChain(network.chainId)
  const tokens = isPlay ? [] : [await requireMoney(publicClient, network.contracts.token)]
  const guarded = !isPlay && !run.mayReplace
  const others = guarded ? await otherCode(publicClient, earlier) : []
  if (others.length > 0) {
    throw new DeployRefusal(`${others.join('\n')}\n--replace gives them up for new ones`)
  }
  const { token, ...placed } = await deployContracts(clients, {
    ...{ minWindow: network.minWindowSeconds, owner: run.owner, tokens, earlier },
    withTestToken: isPlay,
    onPlacing: keeperOf(places, publicClient, guarded),
  })
  await places.keep(token === null ? placed : { ...placed, token })
  for (const [name, { name: contract }] of Object.entries(codeOf)) {
    run.say(`${contract} stands at ${placed[name as ContractName]}`)
  }
  return mined
}

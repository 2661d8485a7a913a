import {
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  numberToHex,
  type PublicClient,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { testTokenAbi } from '../../../contracts/abi/index.ts'
import { type DeployClients, deployContracts } from '../../../contracts/deployment.ts'
import { type Address, type Amount, Fault, type Hex } from '../../../protocols/common/index.ts'
import type { Deployment } from './deployment.ts'
import type { ChainFault } from './faults.ts'
import { createReader, createRpc } from './rpc.ts'
import { isLocalChain } from './safety.ts'

// A local chain makes a block a second; asking more often shortens the first start.
const POLL_MS = 100

const clientsOf = (rpcUrl: string, chainId: number, key: Hex): DeployClients => {
  const transport = http(rpcUrl)
  const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
  const rpcUrls = { default: { http: [rpcUrl] } }
  const chain = defineChain({ id: chainId, name: 'Local chain', nativeCurrency, rpcUrls })
  const shared = { chain, transport, pollingInterval: POLL_MS }
  return {
    publicClient: createPublicClient(shared) as PublicClient,
    walletClient: createWalletClient({ ...shared, account: privateKeyToAccount(key) }),
  }
}

const lower = (address: Address): Address => address.toLowerCase() as Address

/** Puts contracts and test token on a local chain, or finds those of an earlier start. `minWindow` in seconds. */
export const deployLocally = async (
  { rpcUrl, chainId, deployerKey }: { rpcUrl: string; chainId: number; deployerKey: Hex },
  { minWindow, earlier }: { minWindow: number; earlier: Deployment | null },
): Promise<Deployment> => {
  const clients = clientsOf(rpcUrl, chainId, deployerKey)
  const owner = clients.walletClient.account.address
  const known = earlier === null ? undefined : { ...earlier, block: BigInt(earlier.block) }
  const options = { minWindow, owner, withTestToken: true, earlier: known }
  const placed = await deployContracts(clients, options)
  return {
    paymentChannel: lower(placed.paymentChannel),
    disputeArbiter: lower(placed.disputeArbiter),
    escrow: lower(placed.escrow),
    reputation: lower(placed.reputation),
    token: lower(placed.token as Address),
    block: Number(placed.block),
  }
}

/** Native coin in wei, tokens in atomic units. */
export type LocalFund = { native: bigint; token: Amount }

export type FundLocalAgent = { rpcUrl: string; agent: Address; token: Address; fund: LocalFund }

/**
 * Gives an agent that has sent no transaction yet the given balances in play money: what it spends later stays spent. Refuses any
 * chain that is not local (Fault CHAIN_NOT_LOCAL).
 * A throw-away account pays for the minting, so that it disturbs no account's nonces.
 */
export const fundLocalAgent = async ({ rpcUrl, agent, token, fund }: FundLocalAgent) => {
  const read = createReader(createRpc(http(rpcUrl)))
  const chainId = Number(await read<Hex>('eth_chainId'))
  const clientVersion = await read<string>('web3_clientVersion')
  if (!isLocalChain({ chainId, clientVersion })) {
    const message = `chain ${chainId} (${clientVersion}) is no local chain`
    throw new Fault<ChainFault>('CHAIN_NOT_LOCAL', message, { chainId, clientVersion })
  }
  if (BigInt(await read<Hex>('eth_getTransactionCount', [agent, 'latest'])) > 0n) return
  const raiseNative = async (owner: Address, amount: bigint) => {
    const balance = BigInt(await read<Hex>('eth_getBalance', [owner, 'latest']))
    if (balance < amount) await read('anvil_setBalance', [owner, numberToHex(amount)])
  }
  await raiseNative(agent, fund.native)
  const faucetKey = generatePrivateKey()
  const { publicClient, walletClient } = clientsOf(rpcUrl, chainId, faucetKey)
  const abi = testTokenAbi
  const owned = await publicClient.readContract({
    address: token,
    abi,
    functionName: 'balanceOf',
    args: [agent],
  })
  if (owned >= fund.token) return
  await raiseNative(walletClient.account.address, 10n ** 18n)
  const args = [agent, fund.token - owned] as const
  const hash = await walletClient.writeContract({ address: token, abi, functionName: 'mint', args })
  await publicClient.waitForTransactionReceipt({ hash })
}

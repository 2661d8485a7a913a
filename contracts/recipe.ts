// How one contract comes to stand on a chain, and how it is known again.
import {
  type Abi,
  type Account,
  type Address,
  type Chain,
  getContractAddress,
  type Hex,
  isAddressEqual,
  type PublicClient,
  parseAbi,
  type Transport,
  type WalletClient,
} from 'viem'
import { maskedCodeHash } from './code-hash.ts'

const OWNABLE = parseAbi(['function owner() view returns (address)'])

/** What placing one contract took; `price` in wei per gas. */
export type Mined = { name: string; address: Address; gas: bigint; price: bigint }

export type DeployClients = {
  publicClient: PublicClient
  walletClient: WalletClient<Transport, Chain, Account>
  onMined?: (mined: Mined) => void
}

export type Recipe = {
  name: string
  abi: Abi
  bytecode: Hex
  args: readonly unknown[]
  codeHash: Hex
  immutables: readonly (readonly [start: number, length: number])[]
}

/** Where a contract will stand: told, and waited for, before its transaction is sent. */
export type OnPlacing = (address: Address) => Promise<void>

/** The hash of the code that stands there, this recipe's immutables aside; null where there is no code. */
export const codeHashAt = async (
  client: PublicClient,
  address: Address,
  { immutables }: Pick<Recipe, 'immutables'>,
): Promise<Hex | null> => {
  const code = await client.getCode({ address })
  return code === undefined ? null : maskedCodeHash(code, immutables)
}

/** Whether code of this recipe stands there, immutables aside. */
export const holds = async (
  client: PublicClient,
  address: Address,
  recipe: Pick<Recipe, 'codeHash' | 'immutables'>,
): Promise<boolean> => (await codeHashAt(client, address, recipe)) === recipe.codeHash

/** One transaction, waited for. The address is known beforehand: it follows from the deployer and the number of the transaction. */
export const deploy = async (
  { publicClient, walletClient, onMined }: DeployClients,
  { name, abi, bytecode, args }: Recipe,
  onPlacing: OnPlacing,
): Promise<Address> => {
  const from = walletClient.account.address
  const nonce = await publicClient.getTransactionCount({ address: from, blockTag: 'pending' })
  const address = getContractAddress({ from, nonce: BigInt(nonce) })
  await onPlacing(address)
  const hash = await walletClient.deployContract({ abi, bytecode, args, nonce })
  const receipt = await publicClient.waitForTransactionReceipt({ hash })
  if (receipt.status !== 'success') {
    throw new Error(`Deploying ${name} failed in transaction ${hash}`)
  }
  onMined?.({ name, address, gas: receipt.gasUsed, price: receipt.effectiveGasPrice })
  return address
}

export const reuseOrDeploy = async (
  clients: DeployClients,
  { recipe, known }: { recipe: Recipe; known: Address | null | undefined },
  onPlacing: OnPlacing,
): Promise<Address> =>
  known && (await holds(clients.publicClient, known, recipe))
    ? known
    : deploy(clients, recipe, onPlacing)

/** Whether the contract there, which must have an owner, has this one. */
export const isOwnedBy = async (client: PublicClient, address: Address, owner: Address) =>
  isAddressEqual(await client.readContract({ address, abi: OWNABLE, functionName: 'owner' }), owner)

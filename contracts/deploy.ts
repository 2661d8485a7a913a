// npm run contracts:deploy -- NETWORK puts the contracts on a network, or finds them there; --rehearse tries it on this machine.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type Address,
  BaseError,
  getAddress,
  type Hex,
  http,
  isAddress,
  type LocalAccount,
} from 'viem'
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { readNetworkFile } from '../config/index.ts'
import { MNEMONIC } from './anvil.ts'
import { rehearse } from './deploying/rehearsal.ts'
import { DeployRefusal, isPlayChain, runDeployment } from './deploying/run.ts'

const USAGE = `npm run contracts:deploy -- NETWORK [options]
  NETWORK            local, sepolia, polygon or mainnet: its file in config/networks says the chain and keeps the addresses
  --rehearse         try it on a chain of this machine that bears the network's number; without NETWORK, all three real ones
  --rpc URL          where the chain is reached; default: the first of the file's rpcUrls, http://127.0.0.1:8545 for local
  --key-file FILE    holds the private key that pays; not needed for local
  --owner ADDRESS    may pause entry and cap it; not needed for local
  --replace          gives up contracts that stand with other code, owner or settings
  --networks FOLDER  instead of config/networks
`
const REAL_NETWORKS = ['sepolia', 'polygon', 'mainnet']
const LOCAL_RPC = 'http://127.0.0.1:8545'

const say = (line: string) => void process.stdout.write(`${line}\n`)

const readArguments = () =>
  parseArgs({
    allowPositionals: true,
    options: {
      rehearse: { type: 'boolean', default: false },
      replace: { type: 'boolean', default: false },
      rpc: { type: 'string' },
      'key-file': { type: 'string' },
      owner: { type: 'string' },
      networks: { type: 'string', default: join(import.meta.dirname, '../config/networks') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })

type Options = ReturnType<typeof readArguments>['values']

const payerFrom = async (options: Options, isPlay: boolean): Promise<LocalAccount> => {
  const file = options['key-file']
  if (file !== undefined) {
    const key = (await readFile(file, 'utf8')).trim()
    if (!/^0x[0-9a-fA-F]{64}$/.test(key)) throw new DeployRefusal(`${file} holds no private key`)
    return privateKeyToAccount(key as Hex)
  }
  if (!isPlay) throw new DeployRefusal('--key-file is needed: the key that pays')
  return mnemonicToAccount(MNEMONIC)
}

const ownerFrom = ({ owner }: Options, payer: Address, isPlay: boolean): Address => {
  if (owner === undefined && isPlay) return payer
  if (owner === undefined) throw new DeployRefusal('--owner is needed: who may pause and cap entry')
  if (!isAddress(owner)) throw new DeployRefusal(`--owner ${owner} is no address`)
  return getAddress(owner)
}

const deployTo = async (file: string, options: Options) => {
  const { chainId, rpcUrls } = await readNetworkFile(file)
  const isPlay = isPlayChain(chainId)
  const url = options.rpc ?? rpcUrls[0] ?? (isPlay ? LOCAL_RPC : undefined)
  if (url === undefined) throw new DeployRefusal('--rpc is needed: the file names no rpcUrls')
  const account = await payerFrom(options, isPlay)
  const owner = ownerFrom(options, account.address, isPlay)
  await runDeployment({
    ...{ file, transport: http(url), account, owner, say },
    mayReplace: options.replace,
  })
}

const main = async () => {
  const { values: options, positionals } = readArguments()
  const names = positionals.length === 0 && options.rehearse ? REAL_NETWORKS : positionals
  if (options.help || names.length === 0) return say(USAGE)
  for (const name of names) {
    const file = join(options.networks, `${name}.json`)
    await (options.rehearse ? rehearse({ file, say }) : deployTo(file, options))
  }
}

const reasonOf = (error: unknown): string | null => {
  if (error instanceof DeployRefusal) return error.message
  // Of the chain, or of the way to it.
  return error instanceof BaseError ? error.shortMessage : null
}

try {
  await main()
} catch (error) {
  const reason = reasonOf(error)
  if (reason === null) throw error
  process.stderr.write(`not deployed: ${reason}\n`)
  process.exitCode = 1
}

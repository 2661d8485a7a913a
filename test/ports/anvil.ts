// Anvil for the tests that need a real chain, and accounts with money on it.
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { createPublicClient, createTestClient, createWalletClient, http } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'

const WORDS = 'test test test test test test test test test test test junk'
export const payer = mnemonicToAccount(WORDS, { addressIndex: 1 })
export const payee = mnemonicToAccount(WORDS, { addressIndex: 2 })

/** An anvil of its own on a free port of loopback. */
export const startAnvil = async (): Promise<{ child: ChildProcess; url: string }> => {
  const require = createRequire(import.meta.url)
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const binary = require.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`)
  const child = spawn(binary, [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--no-cors',
    '--mnemonic',
    WORDS,
  ])
  for await (const line of createInterface({ input: child.stdout })) {
    const place = /Listening on (\S+)/.exec(line)?.[1]
    if (!place) continue
    child.stdout.resume()
    return { child, url: `http://${place}` }
  }
  throw new Error('anvil ended before it listened')
}

/** One client per account; the deployer has the first. */
export const clientsOf = (url: string) => {
  const options = { chain: foundry, transport: http(url), pollingInterval: 20 }
  const account = mnemonicToAccount(WORDS)
  return {
    publicClient: createPublicClient(options),
    testClient: createTestClient({ ...options, mode: 'anvil' }),
    walletClient: createWalletClient({ ...options, account }),
    payer: createWalletClient({ ...options, account: payer }),
    payee: createWalletClient({ ...options, account: payee }),
  }
}

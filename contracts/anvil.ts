// Throw-away chains, each in a process of its own.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

/** Of the accounts that every anvil gives money to. */
export const MNEMONIC = 'test test test test test test test test test test test junk'
export type Anvil = { url: string; stop(): void }

const binaryPath = (): string => {
  const require = createRequire(import.meta.url)
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  return require.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`)
}

/** Starts anvil on a free port of this machine, with no base fee, and resolves once it listens. */
export const startAnvil = async (...flags: readonly string[]): Promise<Anvil> => {
  const place = ['--host', '127.0.0.1', '--port', '0', '--no-cors']
  const rules = ['--mnemonic', MNEMONIC, '--hardfork', 'prague', '--base-fee', '0']
  const child = spawn(binaryPath(), [...place, ...rules, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /Listening on (\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    child.stdout.resume()
    return { url: `http://${url}`, stop: () => child.kill() }
  }
  throw new Error('anvil ended before it listened')
}

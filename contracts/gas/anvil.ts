// A throw-away chain in its own process, with time that stands still between transactions.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

export const MNEMONIC = 'test test test test test test test test test test test junk'
/** Time of the first block, in seconds: fixed, so that every run has the same bytes and the same gas. */
export const FIRST_BLOCK_AT = 1_800_000_000

export type Anvil = { url: string; stop(): void }

const binaryPath = (): string => {
  const require = createRequire(import.meta.url)
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  return require.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`)
}

const FLAGS = [
  ['--host', '127.0.0.1'],
  ['--port', '0'],
  ['--mnemonic', MNEMONIC],
  ['--timestamp', String(FIRST_BLOCK_AT)],
  ['--hardfork', 'prague'],
  ['--base-fee', '0'],
  ['--gas-price', '0'],
  ['--gas-limit', '60000000'],
]

/** Starts anvil on a free port of this machine and resolves once it listens. */
export const startAnvil = async (): Promise<Anvil> => {
  const child = spawn(
    binaryPath(),
    ['--no-cors', '--no-mining', '--steps-tracing', ...FLAGS.flat()],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  for await (const line of createInterface({ input: child.stdout })) {
    const place = /Listening on (\S+)/.exec(line)?.[1]
    if (place === undefined) continue
    child.stdout.resume()
    return { url: `http://${place}`, stop: () => child.kill() }
  }
  throw new Error('anvil ended before it listened')
}

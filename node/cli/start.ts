import { formatAmount } from '../../protocols/common/index.ts'
import type { ChainStatusView, SelfView } from '../../protocols/control/index.ts'
import type { CliDeps, Output } from './deps.ts'
import { type GlobalOptions, settingsFor } from './node-client.ts'
import { findPassphrase } from './passphrase.ts'
import { styled } from './terminal.ts'

/** `stopWithInput`: for programs that start nodes and may die before they can stop them. */
export type StartOptions = GlobalOptions & { stopWithInput?: boolean }

/** What `start --json` prints in one line once the node is up. */
export type StartedNode = {
  agent: string
  peerId: string
  addresses: readonly string[]
  control: { url: string; tokenFile: string }
}

type Banner = {
  self: SelfView
  chain: ChainStatusView
  control: { url: string; tokenFile: string }
  /** Shown once: when it was made just now. */
  newToken: string | null
}

const bannerOf = (output: Output, { self, chain, control, newToken }: Banner): string[] => {
  const { symbol, decimals } = self.token
  const amount = (units: string) => `${formatAmount(BigInt(units), decimals)} ${symbol}`
  const row = (name: string, value: string) => `  ${styled(output, 'dim', name.padEnd(8))} ${value}`
  const [address = 'not reachable from outside', ...more] = self.addresses
  const others = more.length > 0 ? styled(output, 'dim', ` and ${more.length} more`) : ''
  const offer = self.offer
    ? `${amount(self.offer.basePrice)} a task and ${amount(self.offer.pricePerMfuel)} per million fuel`
    : 'nothing: this agent only buys'
  const page = newToken === null ? '' : `/#token=${newToken}`
  return [
    '',
    `  ${styled(output, 'bold', 'Souk')} ${self.version}  ${styled(output, 'cyan', self.agent)}`,
    '',
    row('network', `${address}${others}`),
    row('chain', `${chain.network}, id ${chain.chainId}, block ${chain.block}`),
    row('balance', amount(chain.balances.token)),
    row('sells', offer),
    row('control', `${control.url}${page}`),
    row(
      'token',
      newToken === null ? `in ${control.tokenFile}` : 'in the link above, only this once',
    ),
    '',
    `  Buy    souk run program.wasm --budget 0.50`,
    `  Look   souk status`,
    `  Stop   Ctrl-C`,
    '',
  ]
}

const untilStopped = (
  { terminal, interrupted }: Pick<CliDeps, 'terminal' | 'interrupted'>,
  { stopWithInput }: StartOptions,
): Promise<void> =>
  new Promise((resolve) => {
    if (interrupted.aborted) resolve()
    else interrupted.addEventListener('abort', () => resolve(), { once: true })
    if (stopWithInput) terminal.readInput().then(() => resolve(), resolve)
  })

/** souk start: runs the node until Ctrl-C. */
export const start = async <Config>(
  deps: CliDeps<Config>,
  options: StartOptions,
): Promise<number> => {
  const { terminal, files } = deps
  const settings = await settingsFor(deps, options)
  const passphrase = await findPassphrase(deps, settings)
  const hadToken = (await files.read(settings.control.tokenFile)) !== null
  const node = await deps.createNode(settings.config, { passphrase })
  try {
    await node.start()
    const { control } = node
    const [self, chain] = await Promise.all([node.api.self(), node.api.chainStatus()])
    if (options.json) {
      const { agent, peerId, addresses } = self
      const started: StartedNode = { agent, peerId, addresses, control }
      terminal.stdout.write(`${JSON.stringify(started)}\n`)
    } else {
      const token = hadToken ? null : await files.read(control.tokenFile)
      const newToken = token && Buffer.from(token).toString('utf8').trim()
      const lines = bannerOf(terminal.stdout, { self, chain, control, newToken })
      terminal.stdout.write(`${lines.join('\n')}\n`)
    }
    await untilStopped(deps, options)
    if (!options.json) terminal.stderr.write('souk: stopping\n')
  } finally {
    await node.stop()
  }
  return 0
}

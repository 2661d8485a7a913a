import { formatAmount } from '../../protocols/common/index.ts'
import type {
  ChainStatusView,
  ChannelView,
  OutboxView,
  TaskView,
} from '../../protocols/control/index.ts'
import type { CliDeps } from './deps.ts'
import { type GlobalOptions, reachNode } from './node-client.ts'
import { shortHex, styled, tableOf } from './terminal.ts'

const RECENT = 10

type Money = (units: string) => string

const taskLines = (tasks: readonly TaskView[], money: Money): string[] => {
  const header = ['task', 'side', 'phase', 'with', 'cost', 'exit']
  const rows = tasks.map((task) => [
    shortHex(task.id),
    task.role === 'requester' ? 'bought' : 'sold',
    task.code === null ? task.phase : `${task.phase} (${task.code})`,
    shortHex((task.role === 'requester' ? task.provider : task.requester) ?? '-'),
    task.cost === null ? '-' : money(task.cost),
    task.exitCode === null ? '-' : String(task.exitCode),
  ])
  return tableOf(header, rows)
}

const channelLines = (channels: readonly ChannelView[], money: Money): string[] => {
  const header = ['channel', 'side', 'with', 'phase', 'deposit', 'promised', 'claimed']
  const rows = channels.map((channel) => [
    shortHex(channel.channelId),
    channel.role === 'payer' ? 'pays' : 'is paid',
    shortHex(channel.peer),
    channel.phase,
    money(channel.deposit),
    money(channel.sent),
    money(channel.claimed),
  ])
  return tableOf(header, rows)
}

const isUnderWay = ({ status }: OutboxView): boolean => status !== 'done' && status !== 'reverted'

const chainText = ({ network, chainId, block, isReachable }: ChainStatusView): string =>
  isReachable
    ? `${network} ${chainId}, block ${block}`
    : `${network} ${chainId} does not answer: transactions wait, open channels work`

const read = async (client: Awaited<ReturnType<typeof reachNode>>['client']) => {
  const [self, chain, health, { items: peers }, { items: tasks }, { items: channels }] =
    await Promise.all([
      client.self(),
      client.chainStatus(),
      client.health(),
      client.peers(),
      client.tasks({ limit: RECENT }),
      client.channels(),
    ])
  return { self, chain, health, peers, tasks, channels }
}

/** souk status: what the running node is and does, at a glance. */
export const status = async (deps: CliDeps, options: GlobalOptions): Promise<number> => {
  const { url, client } = await reachNode(deps, options)
  const facts = await read(client)
  const { stdout } = deps.terminal
  if (options.json) {
    stdout.write(`${JSON.stringify(facts)}\n`)
    return 0
  }
  const { self, chain, health, peers, tasks, channels } = facts
  const money: Money = (units) => formatAmount(BigInt(units), self.token.decimals)
  const failing = Object.entries(health.checks).filter(([, { isOk }]) => !isOk)
  const row = (name: string, value: string) => `${styled(stdout, 'dim', name.padEnd(9))} ${value}`
  const section = (lines: string[]) => [
    '',
    styled(stdout, 'bold', lines[0] ?? ''),
    ...lines.slice(1),
  ]
  const lines = [
    row('agent', self.agent),
    row('control', url),
    row('peers', String(peers.length)),
    row('chain', chainText(chain)),
    ...(chain.reserve.isLow
      ? [row('', 'native coin below the reserve: no money is locked up')]
      : []),
    row('balance', `${money(chain.balances.token)} ${self.token.symbol}`),
    row('waiting', `${chain.outbox.filter(isUnderWay).length} transactions`),
    row('health', health.isReady ? 'ready' : 'not ready'),
    ...failing.map(([name, { detail }]) => row('', `${name}: ${detail}`)),
    ...(tasks.length > 0 ? section(taskLines(tasks, money)) : []),
    ...(channels.length > 0 ? section(channelLines(channels, money)) : []),
  ]
  stdout.write(`${lines.join('\n')}\n`)
  return 0
}

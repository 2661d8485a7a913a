import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SharedChain, startSharedChain } from '../../../node/create-tools.ts'
import type { TaskView } from '../../../protocols/control/index.ts'
import { silentLog } from '../../fakes/log.ts'
import { type NodeProcess, type NodeSettings, startNode } from './node-process.ts'
import { until } from './until.ts'

/** A chain and some agents as processes of their own, all gone after `stop`. */
export type Market = {
  chain: SharedChain
  folder: string
  /** Starts another agent, or one of the same name again on its data. */
  join(name: string, settings?: NodeSettings): Promise<NodeProcess>
  /** Waits until each of the nodes knows the agents of all the others. */
  meet(nodes: readonly NodeProcess[]): Promise<void>
  stop(): Promise<void>
}

const LOCAL: NodeSettings = {
  'network.listen': '/ip4/127.0.0.1/tcp/0',
  'network.mdns': false,
  'network.name': 'e2e',
  'control.port': 0,
  'log.level': 'warn',
  'execution.workers': 1,
  'channel.windowSeconds': 1,
  'market.bidWindowMs': 1000,
}

export const openMarket = async (): Promise<Market> => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-e2e-'))
  const chain = await startSharedChain({ folder: join(folder, 'chain'), log: silentLog })
  const nodes: NodeProcess[] = []
  const join_ = async (name: string, settings: NodeSettings = {}): Promise<NodeProcess> => {
    const [known] = nodes.flatMap(({ addresses }) => addresses)
    const node = await startNode(name, join(folder, name), {
      ...LOCAL,
      'chain.rpcUrls': chain.rpcUrl,
      'chain.deployment': chain.deploymentFile,
      ...(known === undefined ? {} : { 'network.bootstrap': known }),
      ...settings,
    })
    nodes.push(node)
    return node
  }
  return {
    chain,
    folder,
    join: join_,
    meet: async (all) => {
      const agents = all.map(({ agent }) => agent)
      await until('all agents know one another', async () => {
        const views = await Promise.all(all.map(({ client }) => client.peers()))
        return views.every(
          ({ items }) => items.filter(({ agent }) => agent && agents.includes(agent)).length === all.length - 1,
        )
      })
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
      await chain.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const OVER = new Set(['settled', 'unsold', 'void', 'failed', 'cancelled'])

/** The task once nothing more will happen to it. */
export const ended = async (node: NodeProcess, id: string): Promise<TaskView> => {
  let task = await node.client.task({ params: { id } })
  await until(`task ${id} ends`, async () => {
    task = await node.client.task({ params: { id } })
    return OVER.has(task.phase)
  })
  return task
}

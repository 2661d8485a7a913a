import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { AgentIdentity, SharedChain } from '../../node/create-tools.ts'
import { type AgentProcess, startAgent } from './agent-process.ts'
import { AGENTS, type AgentPlan, settingsOf } from './agents.ts'

export type Agent = AgentProcess & { plan: AgentPlan }

export type MarketTools = {
  initIdentity(
    config: { dataFolder: string; identity: { keystore: null; passphraseFile: null } },
    passphrase: string,
    options: { logN: number },
  ): Promise<AgentIdentity>
}

type Prepared = { plan: AgentPlan; folder: string; port: number; peerId: string }

const LOOK_MS = 100
const PASSPHRASE = 'demo'
// Keys to play money, behind a passphrase that stands here, need not be hard to open.
const LOG_N = 12

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** Makes every agent's keys and picks its port, so that each can know the others from its start. */
export const prepareAgents = async (
  { initIdentity }: MarketTools,
  folder: string,
): Promise<Prepared[]> => {
  const prepared: Prepared[] = []
  for (const plan of AGENTS) {
    const place = join(folder, plan.name)
    const identity = { keystore: null, passphraseFile: null }
    const { peerId } = await initIdentity({ dataFolder: place, identity }, PASSPHRASE, {
      logN: LOG_N,
    })
    prepared.push({ plan, folder: place, port: await freePort(), peerId })
  }
  return prepared
}

const listenAddress = ({ port }: Prepared) => `/ip4/127.0.0.1/tcp/${port}`

/** Starts every agent as a process of its own. */
export const startAgents = async (
  prepared: readonly Prepared[],
  { chain, folder, cache }: { chain: SharedChain; folder: string; cache: string },
  onSpawn: (stop: () => Promise<void>) => void,
): Promise<Agent[]> => {
  const passphraseFile = join(folder, 'passphrase')
  await writeFile(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 })
  await mkdir(join(folder, 'logs'), { recursive: true })
  const start = async (own: Prepared): Promise<Agent> => {
    const { plan } = own
    const settingsFile = join(folder, `${plan.name}.json`)
    const settings = settingsOf(plan, {
      folder: own.folder,
      passphraseFile,
      listen: listenAddress(own),
      others: prepared
        .filter((other) => other !== own)
        .map((other) => `${listenAddress(other)}/p2p/${other.peerId}`),
      rpcUrl: chain.rpcUrl,
      deploymentFile: chain.deploymentFile,
    })
    await writeFile(settingsFile, `${JSON.stringify(settings, null, 2)}\n`)
    const logFile = join(folder, 'logs', `${plan.name}.log`)
    const agent = await startAgent({ name: plan.name, settingsFile, logFile, cache }, onSpawn)
    return { ...agent, plan }
  }
  return Promise.all(prepared.map(start))
}

/** Waits until every agent sees every other; rejects with the signal's reason. */
export const untilAllMet = async (
  agents: readonly Agent[],
  { signal, onCount }: { signal: AbortSignal; onCount: (met: number, all: number) => void },
): Promise<void> => {
  const wanted = new Set(agents.map(({ agent }) => agent))
  const all = agents.length * (agents.length - 1)
  for (;;) {
    const lists = await Promise.all(agents.map(({ client }) => client.peers()))
    const met = lists.flatMap(({ items }) =>
      items.filter(({ agent }) => agent && wanted.has(agent)),
    )
    onCount(met.length, all)
    if (met.length >= all) return
    await wait(LOOK_MS, undefined, { signal })
  }
}

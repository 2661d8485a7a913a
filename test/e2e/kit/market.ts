import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SharedChain, startSharedChain } from '../../../node/create-tools.ts'
import { silentLog } from '../../fakes/log.ts'
import { wasmFixture } from '../../fixtures/wasm/wat.ts'
import { buy } from './buying.ts'
import { type NodeProcess, type NodeSettings, startNode } from './node-process.ts'
import { until } from './until.ts'

/** A chain and some agents as processes of their own, all gone after `stop`. */
export type Market = {
  chain: SharedChain
  folder: string
  /** What every node of this market is told. */
  settings: NodeSettings
  /** Starts another agent, or one of the same name again on its data. */
  join(name: string, settings?: NodeSettings): Promise<NodeProcess>
  /** Waits until the buyer's auctions reach every seller. */
  meet(buyer: NodeProcess, sellers: readonly NodeProcess[]): Promise<void>
  /** Ends everything; fails where a node does not end well by itself. */
  stop(): Promise<void>
  /** What the nodes wrote, for a failed test. */
  logs(): string
}

export const NETWORK = 'e2e'

/** Settings of a node on this machine that talks to nobody unasked. */
export const LOCAL: NodeSettings = {
  'network.listen': '/ip4/127.0.0.1/tcp/0',
  'network.mdns': false,
  'network.name': NETWORK,
  'control.port': 0,
  'log.level': 'warn',
  'execution.workers': 1,
  'channel.windowSeconds': 1,
  'market.bidWindowMs': 1000,
  'market.loadMarginPercent': 0,
}

/** Offers so little that nobody bids: only the announcement travels. */
const callOut = (buyer: NodeProcess) =>
  buy(buyer, { module: wasmFixture('hello'), budget: '0.000001', bidWindowMs: 100 })

const hasHeard = async ({ client }: NodeProcess, buyer: NodeProcess): Promise<boolean> => {
  const { items } = await client.auctions()
  return items.some(({ requester }) => requester === buyer.agent)
}

/** Waits until the buyer's auctions reach every seller. */
export const meet = async (buyer: NodeProcess, sellers: readonly NodeProcess[]): Promise<void> => {
  await until('buyer and sellers know one another', async () => {
    const { items } = await buyer.client.peers()
    return sellers.every(({ agent }) => items.some((peer) => peer.agent === agent))
  })
  await until('auctions reach the sellers', async () => {
    await callOut(buyer)
    const heard = await Promise.all(sellers.map((seller) => hasHeard(seller, buyer)))
    return heard.every(Boolean)
  })
}

export const openMarket = async (): Promise<Market> => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-e2e-'))
  const chain = await startSharedChain({
    folder: join(folder, 'chain'),
    log: silentLog,
  })
  const shared = {
    ...LOCAL,
    'chain.rpcUrls': chain.rpcUrl,
    'chain.deployment': chain.deploymentFile,
  }
  const nodes: NodeProcess[] = []
  const running = () => nodes.filter((node) => node.isRunning())
  return {
    chain,
    folder,
    settings: shared,
    join: async (name, settings = {}) => {
      const addresses = running().flatMap((node) => node.addresses)
      const node = await startNode(name, join(folder, name), {
        ...shared,
        ...(addresses.length > 0 && { 'network.bootstrap': addresses.join(',') }),
        ...settings,
      })
      nodes.push(node)
      return node
    },
    meet,
    stop: async () => {
      const ends = running().map(async ({ name, stop }) => ({ name, code: await stop() }))
      const ended = await Promise.all(ends)
      await chain.stop()
      await rm(folder, { recursive: true, force: true })
      assert.deepEqual(
        ended,
        ended.map(({ name }) => ({ name, code: 0 })),
      )
    },
    logs: () => nodes.map(({ name, log }) => `--- ${name}\n${log()}`).join('\n'),
  }
}

/** Shows what the nodes wrote when a test has failed; for `afterEach`. */
export const tellLogs = (marketOf: () => Market | undefined) =>
  function (this: Mocha.Context): void {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${marketOf()?.logs()}\n`)
  }

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import type { Address, Cid } from '../../protocols/common/index.ts'
import { createNodes, until } from '../ports/libp2p-nodes.ts'
import { BARE_PROTOCOL, createBareNode } from './content/bare.ts'
import { percentile, type Suite } from './harness.ts'

const MEGABYTES = 32
const ROUNDS = 5
const SERVER = join(import.meta.dirname, 'content', 'server.ts')

type Served = { agent: Address; address: string; bareAddress: string; cids: Cid[] }

/** Megabytes per second of work that moves all of them once. */
const speedOf = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await work()
  return (MEGABYTES * 1_000) / (performance.now() - begun)
}

const drainBare = async (bare: Awaited<ReturnType<typeof createBareNode>>, address: string) => {
  const stream = await bare.dialProtocol(multiaddr(address), BARE_PROTOCOL)
  for await (const _piece of stream);
}

/** Content between two processes, and bare bytes between the same two, in turns. */
export const benchContent = async (): Promise<{ content: number; bare: number }> => {
  const server = fork(SERVER, [String(MEGABYTES), String(ROUNDS)])
  const nodes = createNodes()
  const bare = await createBareNode([])
  try {
    const [served] = (await once(server, 'message')) as [Served]
    const { agent, address, bareAddress, cids } = served
    const node = await nodes.start('client', [], { bootstrap: [address] })
    await until('the server to be known', () =>
      node.network.peers().some((peer) => peer.agent === agent),
    )
    const speeds: { content: number[]; bare: number[] } = { content: [], bare: [] }
    for (const cid of cids) {
      speeds.bare.push(await speedOf(() => drainBare(bare, bareAddress)))
      const options = { from: [agent], maxBytes: MEGABYTES * 2 ** 20 }
      speeds.content.push(await speedOf(() => node.content.get(cid, options)))
    }
    return { content: percentile(speeds.content, 0.5), bare: percentile(speeds.bare, 0.5) }
  } finally {
    server.disconnect()
    await Promise.all([nodes.removeAll(), bare.stop(), once(server, 'exit')])
  }
}

/** How fast content comes in: fetched, verified and synced to disk, beside bytes that are only received. */
export const contentSuite: Suite = {
  name: 'content',
  figures: [
    { name: 'content between two processes', unit: 'MB/s', goal: null },
    {
      name: 'share of a bare libp2p stream',
      unit: '',
      goal: { bound: 'at-least', limit: 0.5 },
    },
  ],
  run: async (progress) => {
    progress(`fetching ${MEGABYTES} MB ${ROUNDS} times, beside a bare stream`)
    const { content, bare } = await benchContent()
    return {
      'content between two processes': { value: content, baseline: bare },
      'share of a bare libp2p stream': { value: content / bare },
    }
  },
}

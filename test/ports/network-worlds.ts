import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Content, Gossip, Network, Talk } from '../../node/ports/index.ts'
import { type Address, type Cid, faultCode } from '../../protocols/common/index.ts'
import { createMemoryNetwork } from '../fakes/memory-network.ts'
import { createTestSigner } from '../fakes/signer.ts'
import { createNodes, type TestNode, until } from './libp2p-nodes.ts'

export type WorldNode = {
  agent: Address
  gossip: Gossip
  talk: Talk
  content: Content
  network: Network
  /** Leaves without a word to anyone. */
  leave(): Promise<void>
  comeBack(): Promise<void>
  /** Damages the stored copy of some small content. */
  corrupt(cid: Cid): Promise<void>
}

/** A few nodes that can all reach one another, by whatever means. */
export type World = { join(name: string): Promise<WorldNode>; close(): Promise<void> }

const knows = (node: { network: Network }, agent: Address) =>
  node.network.peers().some((peer) => peer.agent === agent)

const memoryWorld = (): World => {
  const network = createMemoryNetwork()
  return {
    join: async (name) => {
      const { address: agent } = createTestSigner(name)
      const node = network.join(agent)
      return {
        agent,
        ...node,
        leave: async () => node.disconnect(),
        comeBack: async () => node.reconnect(),
        corrupt: async (cid) => node.corrupt(cid),
      }
    },
    close: async () => {},
  }
}

const libp2pWorld = (): World => {
  const nodes = createNodes()
  const joined: TestNode[] = []
  const allKnow = (node: TestNode) =>
    until('all nodes to know one another', () =>
      joined.every((one) => one === node || (knows(one, node.agent) && knows(node, one.agent))),
    )
  return {
    join: async (name) => {
      const node = await nodes.start(name, joined)
      joined.push(node)
      await allKnow(node)
      return {
        ...node,
        leave: async () => {
          await node.network.stop()
          await until('others to notice', () =>
            joined.every((one) => one === node || !knows(one, node.agent)),
          )
        },
        comeBack: async () => {
          await node.network.start()
          await allKnow(node)
        },
        corrupt: async (cid) => {
          const path = join(node.folder, 'blobs', cid.slice(-2), cid)
          const bytes = await readFile(path)
          bytes[0] = (bytes[0] ?? 0) ^ 1
          await writeFile(path, bytes)
        },
      }
    },
    close: () => nodes.removeAll(),
  }
}

/** Each implementation of the network's ports, to run the same suite against. */
export const worlds: readonly (readonly [name: string, create: () => World])[] = [
  ['in memory', memoryWorld],
  ['on libp2p', libp2pWorld],
]

/** Whether an error carries this code. */
export const hasCode =
  (code: string) =>
  (error: unknown): boolean => {
    if (faultCode(error) !== code) throw error
    return true
  }

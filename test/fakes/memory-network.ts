import type { Content, Gossip, GossipTopic, Network, Talk } from '../../node/ports/index.ts'
import type { Address, Cid } from '../../protocols/common/index.ts'
import {
  describeContent,
  isContentOf,
  MAX_GOSSIP_BYTES,
  requireCid,
} from '../../protocols/network/index.ts'
import { memoryTalk } from './memory-talk.ts'
import {
  createWorld,
  fault,
  type Member,
  type MemoryFate,
  type MemoryRequest,
  othersOf,
  sha256,
  type World,
} from './memory-world.ts'

export type MemoryNode = {
  gossip: Gossip
  talk: Talk
  content: Content
  network: Network
  /** Cuts the node off; requests under way fail with PEER_UNREACHABLE. */
  disconnect(): void
  reconnect(): void
  /** Flips a bit of the stored copy. */
  corrupt(cid: Cid): void
}

export type MemoryNetwork = {
  /** A connected node, reachable at once. Joining again is a restart: connections are new, content is kept. */
  join(agent: Address): MemoryNode
  /** Decides the fate of each request from now on. */
  intercept(judge: ((request: MemoryRequest) => MemoryFate) | null): void
  /** Resolves once nothing is being delivered and no handler is running. */
  settled(): Promise<void>
}

const memoryGossip = (world: World, self: Member): Gossip => {
  const listening = (topic: GossipTopic) =>
    othersOf(world, self).filter(({ topics }) => topics.has(topic))
  // A message spreads only from those who accepted it; in a full mesh everyone hears it from its author.
  const deliver = async (topic: GossipTopic, data: Uint8Array, to: readonly Member[]) => {
    const id = `${topic} ${sha256(data).toString('hex')}`
    self.seen.add(id)
    for (const member of to) {
      if (member.seen.has(id)) continue
      member.seen.add(id)
      await member.topics.get(topic)?.(data.slice(), self.remote.peerId)
    }
  }
  return {
    publish: async (topic, data) => {
      if (data.length > MAX_GOSSIP_BYTES) {
        throw fault('MESSAGE_TOO_LARGE', 'A gossip message holds at most 2 KiB')
      }
      const to = listening(topic)
      const copy = data.slice()
      world.track(Promise.resolve().then(() => deliver(topic, copy, to))).catch(() => {})
      return { recipients: to.length }
    },
    subscribe: (topic, handler) => {
      self.topics.set(topic, handler)
    },
    listeners: (topic) => listening(topic).length,
  }
}

const memoryContent = (world: World, self: Member): Content => ({
  put: async (bytes) => {
    const { cid } = describeContent(bytes, sha256)
    self.blobs.set(cid, bytes.slice())
    return cid
  },
  has: async (cid) => {
    requireCid(cid)
    return self.blobs.has(cid)
  },
  get: async (cid, { from = [], maxBytes, signal }) => {
    requireCid(cid)
    const others = othersOf(world, self)
    const asked = from.flatMap((agent) => others.filter(({ remote }) => remote.agent === agent))
    if (signal?.aborted) throw fault('REQUEST_CANCELLED', 'The asker gave up')
    const copies = [...new Set([self, ...asked, ...others])].flatMap(
      ({ blobs }) => blobs.get(cid) ?? [],
    )
    if (copies[0] && copies[0].length > maxBytes) {
      throw fault('CONTENT_TOO_LARGE', 'The content is larger than asked for', { maxBytes })
    }
    const intact = copies.find((bytes) => isContentOf(cid, bytes, sha256))
    if (intact) {
      self.blobs.set(cid, intact.slice())
      return intact.slice()
    }
    throw copies.length > 0
      ? fault('CONTENT_CORRUPT', 'The bytes are not what the id names', { cid })
      : fault('CONTENT_UNAVAILABLE', 'Nobody has this content', { cid })
  },
  // Nothing is ever dropped from memory.
  pin: async () => {},
  unpin: async () => {},
})

const connect = (world: World, self: Member): void => {
  if (self.isConnected) return
  self.isConnected = true
  self.session = new AbortController()
  for (const other of othersOf(world, self)) {
    for (const listener of other.onConnected) listener(self.remote)
    for (const listener of self.onConnected) listener(other.remote)
  }
}

const disconnect = (world: World, self: Member): void => {
  const others = othersOf(world, self)
  if (!self.isConnected) return
  self.isConnected = false
  self.session.abort()
  for (const other of others) {
    for (const listener of other.onDisconnected) listener(self.remote)
    for (const listener of self.onDisconnected) listener(other.remote)
  }
}

const memoryPresence = (world: World, self: Member): Network => ({
  start: async () => connect(world, self),
  stop: async () => disconnect(world, self),
  self: () => ({ peerId: self.remote.peerId, addresses: [`/memory/${self.remote.agent}`] }),
  peers: () =>
    othersOf(world, self).map(({ remote }) => ({
      ...remote,
      addresses: [`/memory/${remote.agent}`],
    })),
  sight: () => ({
    peerId: self.remote.peerId,
    listening: [],
    announced: [`/memory/${self.remote.agent}`],
    observed: [],
    relays: [],
    wantsRelays: false,
    isLocal: true,
    peers: othersOf(world, self).length,
    dhtPeers: othersOf(world, self).length,
    bootstrap: [],
  }),
})

/** A network in this process, with the rules of the real one and none of its waiting. */
export const createMemoryNetwork = (): MemoryNetwork => {
  const world = createWorld()
  return {
    join: (agent) => {
      const self: Member = {
        remote: { agent, peerId: `peer-of-${agent}` },
        isConnected: false,
        topics: new Map(),
        seen: new Set(),
        handlers: new Map(),
        blobs: new Map(),
        onConnected: new Set(),
        onDisconnected: new Set(),
        session: new AbortController(),
      }
      const before = world.members.get(agent)
      if (before) {
        disconnect(world, before)
        self.blobs = before.blobs
      }
      world.members.set(agent, self)
      connect(world, self)
      return {
        gossip: memoryGossip(world, self),
        talk: memoryTalk(world, self),
        content: memoryContent(world, self),
        network: memoryPresence(world, self),
        disconnect: () => disconnect(world, self),
        reconnect: () => connect(world, self),
        corrupt: (cid) => {
          const bytes = self.blobs.get(cid)
          if (bytes)
            self.blobs.set(
              cid,
              Uint8Array.from(bytes, (byte, at) => byte ^ +(at === 0)),
            )
        },
      }
    },
    intercept: (judge) => {
      world.judge = judge
    },
    settled: () => world.settled(),
  }
}

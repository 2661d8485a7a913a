import type { Connection, PeerId as LibPeerId, Libp2pEvents, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { streamPair } from '@libp2p/utils'
import type { Core } from '../../../node/adapters/libp2p/core.ts'
import { createDirectory } from '../../../node/adapters/libp2p/directory.ts'
import { createGate } from '../../../node/adapters/libp2p/gate.ts'
import type { Host } from '../../../node/adapters/libp2p/host.ts'
import {
  createIdentity,
  peerIdOfSeed,
  peerKeyFromSeed,
} from '../../../node/adapters/libp2p/identity.ts'
import type { BlobStore } from '../../../node/adapters/libp2p/index.ts'
import { defaultLimits, type NetworkLimits } from '../../../node/adapters/libp2p/options.ts'
import { createDigester, type PeerId } from '../../../protocols/common/index.ts'
import type { NodeEvent } from '../../../protocols/control/index.ts'
import { createFakeClock, type FakeClock } from '../../fakes/clock.ts'
import { createRecordingLog } from '../../fakes/log.ts'
import { createTestSigner, recoverSigner } from '../../fakes/signer.ts'
import { testSeed } from '../../ports/libp2p-nodes.ts'

export const testDigest = createDigester({
  chainId: 1,
  verifyingContract: `0x${'d1'.repeat(20)}`,
})

type Handler = (stream: Stream, connection: Connection) => unknown

/** A libp2p host of which the adapter uses a few methods; streams between two of them stay in memory. */
export type FakeHost = Host &
  EventTarget & {
    handlers: Map<string, Handler>
    links: Map<PeerId, FakeHost>
    dialled: string[]
    hungUp: string[]
    peerId: LibPeerId
  }

export type TestCore = Core & {
  host: FakeHost
  events: NodeEvent[]
  clock: FakeClock
  log: ReturnType<typeof createRecordingLog>
}

const connectionTo = (peer: LibPeerId, direction: 'inbound' | 'outbound'): Connection =>
  ({
    remotePeer: peer,
    remoteAddr: { toString: () => `/memory/${peer}` },
    direction,
    status: 'open',
  }) as unknown as Connection

const createFakeHost = (peerId: LibPeerId): FakeHost => {
  const target = new EventTarget() as FakeHost
  const links = new Map<PeerId, FakeHost>()
  const fields = {
    peerId,
    handlers: new Map<string, Handler>(),
    links,
    dialled: [] as string[],
    hungUp: [] as string[],
    handle: async (protocol: string, handler: Handler) => {
      target.handlers.set(protocol, handler)
    },
    dial: async (peer: { toString(): string }) => {
      target.dialled.push(peer.toString())
      throw new Error('The fake dials nobody')
    },
    dialProtocol: async (peer: LibPeerId, protocol: string) => {
      const other = links.get(peer.toString())
      const handler = other?.handlers.get(protocol)
      if (!handler) throw new Error('Not connected, or not spoken there')
      const [ours, theirs] = await streamPair({ delay: 0, protocol })
      handler(theirs, connectionTo(peerId, 'inbound'))
      return ours
    },
    hangUp: async (peer: LibPeerId) => {
      target.hungUp.push(peer.toString())
    },
    getConnections: () =>
      [...links.values()].map((other) => connectionTo(other.peerId, 'outbound')),
    getPeers: () => [...links.values()].map((other) => other.peerId),
    peerStore: { merge: async () => {} },
  }
  return Object.assign(target, fields) as unknown as FakeHost
}

/** The shared part of a node called `name`, with a host that goes nowhere. */
export const createTestCore = async (
  name: string,
  { limits = {}, blobs }: { limits?: Partial<NetworkLimits>; blobs?: BlobStore } = {},
): Promise<TestCore> => {
  const seed = testSeed(name)
  const privateKey = await peerKeyFromSeed(seed)
  const peerId = await peerIdOfSeed(seed)
  const signer = createTestSigner(name)
  const clock = createFakeClock()
  const log = createRecordingLog()
  const events: NodeEvent[] = []
  return {
    deps: {
      signer,
      digest: testDigest,
      recover: recoverSigner,
      clock,
      log,
      emit: (event) => events.push(event),
      blobs: blobs as BlobStore,
    },
    options: {
      networkName: 'test',
      seed,
      listen: [],
      bootstrap: [],
      mdns: false,
      datastoreFolder: '',
    },
    limits: { ...defaultLimits, ...limits },
    privateKey,
    peerId,
    identity: createIdentity({ signer, digest: testDigest, clock, privateKey }),
    directory: createDirectory(),
    gate: createGate(clock.nowMs),
    host: createFakeHost(peerIdFromString(peerId)),
    session: new AbortController(),
    events,
    clock,
    log,
  }
}

const tell = <Name extends keyof Libp2pEvents>(host: FakeHost, name: Name, detail: unknown) =>
  (host as EventTarget).dispatchEvent(new CustomEvent(name, { detail }))

/** Connects two hosts; the first is the one that dialled. */
export const connect = (one: TestCore, other: TestCore): void => {
  one.host.links.set(other.peerId, other.host)
  other.host.links.set(one.peerId, one.host)
  tell(other.host, 'connection:open', connectionTo(one.host.peerId, 'inbound'))
  tell(one.host, 'connection:open', connectionTo(other.host.peerId, 'outbound'))
}

export const disconnect = (one: TestCore, other: TestCore): void => {
  one.host.links.delete(other.peerId)
  other.host.links.delete(one.peerId)
  tell(one.host, 'peer:disconnect', other.host.peerId)
  tell(other.host, 'peer:disconnect', one.host.peerId)
}

export const discover = (core: TestCore, peer: LibPeerId): void => {
  tell(core.host, 'peer:discovery', { id: peer, multiaddrs: [] })
}

import { autoNATv2 } from '@libp2p/autonat-v2'
import { bootstrap } from '@libp2p/bootstrap'
import {
  type CircuitRelayService,
  circuitRelayServer,
  circuitRelayTransport,
} from '@libp2p/circuit-relay-v2'
import { dcutr } from '@libp2p/dcutr'
import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { type Identify, type IdentifyPush, identify, identifyPush } from '@libp2p/identify'
import type { Ed25519PrivateKey, Libp2p } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { mdns } from '@libp2p/mdns'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { type UPnPNAT, uPnPNAT } from '@libp2p/upnp-nat'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { LevelDatastore } from 'datastore-level'
import { Level } from 'level'
import { createLibp2p } from 'libp2p'
import { Fault } from '../../../protocols/common/index.ts'
import type { NetworkFault } from '../../../protocols/network/index.ts'
import { agentRecords, type RecordJudge } from './dht-records.ts'
import type { Gate } from './gate.ts'
import { gossipSettings } from './gossip-settings.ts'
import type { Libp2pOptions, NetworkLimits } from './options.ts'
import { limitProviders } from './provider-records.ts'

type Services = {
  identify: Identify
  identifyPush: IdentifyPush
  ping: Ping
  pubsub: GossipSub
  dht: KadDHT
  autoNAT: unknown
  dcutr: unknown
  relay?: CircuitRelayService
  upnp?: UPnPNAT
}

/** A libp2p node with the services of this network. */
export type Host = Libp2p<Services>

export type HostParts = {
  privateKey: Ed25519PrivateKey
  gate: Gate
  limits: NetworkLimits
  judgeRecord: RecordJudge
  penaltyOf: (peerId: string) => number
}

const SMALL_NETWORK_PARALLEL_DIALS = 50
const DAY_MS = 86_400_000
/** What a node that serves as a relay gives to each connection: enough to buy something small over it. */
const RELAYED = {
  maxReservations: 64,
  defaultDurationLimit: 3_600_000,
  defaultDataLimit: 256n << 20n,
}

// A frozen peer is never noticed without the monitor.
const connections = ({ maxConnections, dialTimeoutMs }: NetworkLimits, isLoopback: boolean) => ({
  connectionManager: {
    maxConnections,
    dialTimeout: dialTimeoutMs,
    maxParallelDials: SMALL_NETWORK_PARALLEL_DIALS,
    maxDialQueueLength: 200,
    inboundConnectionThreshold: isLoopback ? 1_000 : 5,
    maxIncomingPendingConnections: isLoopback ? 100 : 20,
  },
  connectionMonitor: { enabled: true, pingInterval: 5_000 },
  // Known peers are how a node finds back when its bootstrap nodes are gone.
  peerStore: { maxPeerAge: 30 * DAY_MS, maxAddressAge: 7 * DAY_MS },
})

const transports = (limits: NetworkLimits) => ({
  transports: [
    tcp({ maxConnections: limits.maxConnections + 56, backlog: 64 }),
    webSockets(),
    circuitRelayTransport(),
  ],
  // TLS is several times faster in use; noise is what everyone else speaks.
  connectionEncrypters: [tls(), noise()],
  streamMuxers: [
    yamux({
      maxInboundStreams: 128,
      maxOutboundStreams: 256,
      streamOptions: {
        maxStreamWindowSize: 1 << 20,
        maxReadBufferLength: 2 << 20,
        maxWriteBufferLength: 10 << 20,
      },
    }),
  ],
})

const services = (
  options: Libp2pOptions,
  parts: HostParts,
  database: Level<string, Uint8Array>,
) => {
  const isLoopback = options.testing?.loopback ?? false
  return {
    ...(options.serveRelay ? { relay: circuitRelayServer({ reservations: RELAYED }) } : {}),
    ...(options.upnp && !isLoopback ? { upnp: uPnPNAT() } : {}),
    autoNAT: autoNATv2(),
    dcutr: dcutr(),
    identify: identify(),
    identifyPush: identifyPush(),
    // Monitor and DHT ping side by side; the monitor takes a refused ping for a dead peer and cuts the connection.
    ping: ping({ maxInboundStreams: 16, maxOutboundStreams: 8 }),
    pubsub: gossipsub(
      gossipSettings({ network: options.networkName, isLoopback, penaltyOf: parts.penaltyOf }),
    ),
    dht: kadDHT({
      protocol: '/souk/kad/1',
      peerInfoMapper: passthroughMapper,
      clientMode: false,
      ...agentRecords(database, parts.judgeRecord),
    }),
  }
}

const discovery = ({ bootstrap: list, mdns: usesMdns, networkName }: Libp2pOptions) => ({
  peerDiscovery: [
    ...(list.length > 0 ? [bootstrap({ list: [...list], timeout: 0 })] : []),
    ...(usesMdns ? [mdns({ serviceTag: `_souk-${networkName}._udp.local` })] : []),
  ],
})

const asFault = (error: unknown, listen: readonly string[]): unknown =>
  error instanceof Error && error.message.includes('EADDRINUSE')
    ? new Fault<NetworkFault>(
        'PORT_TAKEN',
        `Another program listens on ${listen.join(' or ')}: stop it, or choose another address for the network`,
        { listen, cause: error },
      )
    : error

const addressInvalid = (address: string, cause: unknown) =>
  new Fault<NetworkFault>('ADDRESS_INVALID', `Not an address of a node: ${address}`, {
    address,
    cause,
  })

const checkAddresses = (options: Libp2pOptions): void => {
  const { listen, announce = [], bootstrap: join, relays = [] } = options
  for (const address of [...listen, ...announce, ...join, ...relays]) {
    try {
      const peer = /\/p2p\/([^/]+)$/.exec(address)?.[1]
      if (peer !== undefined) peerIdFromString(peer)
      multiaddr(address)
    } catch (error) {
      throw addressInvalid(address, error)
    }
  }
}

const unavailable = (folder: string, cause: unknown) =>
  new Fault<NetworkFault>('DATASTORE_UNAVAILABLE', 'The peer store cannot be opened', {
    folder,
    cause,
  })

const openDatabase = async (folder: string): Promise<Level<string, Uint8Array>> => {
  const database = new Level<string, Uint8Array>(folder, {
    keyEncoding: 'utf8',
    valueEncoding: 'view',
  })
  try {
    await database.open()
    return database
  } catch (error) {
    throw unavailable(folder, error)
  }
}

/** Opens the datastore and makes a node that is not started yet. Throws Fault ADDRESS_INVALID or DATASTORE_UNAVAILABLE. */
export const createHost = async (
  options: Libp2pOptions,
  parts: HostParts,
): Promise<{ host: Host; start: () => Promise<void>; stop: () => Promise<void> }> => {
  checkAddresses(options)
  const database = await openDatabase(options.datastoreFolder)
  const host = await createLibp2p<Services>({
    start: false,
    privateKey: parts.privateKey,
    datastore: await limitProviders(new LevelDatastore(database), {
      database,
      self: peerIdFromPrivateKey(parts.privateKey).toString(),
    }),
    addresses: {
      listen: [...options.listen, ...(options.findRelays ? ['/p2p-circuit'] : [])],
      announce: [...(options.announce ?? [])],
    },
    connectionGater: parts.gate.gater,
    ...transports(parts.limits),
    ...connections(parts.limits, options.testing?.loopback ?? false),
    ...discovery(options),
    services: services(options, parts, database),
  })
  return {
    host,
    start: async () => {
      try {
        await host.start()
      } catch (error) {
        throw asFault(error, options.listen)
      }
    },
    stop: async () => {
      await host.stop()
      await database.close()
    },
  }
}

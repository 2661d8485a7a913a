import type { Ed25519PrivateKey } from '@libp2p/interface'
import type { Digester, PeerId, RecoverSigner } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import type { Emit } from '../../../protocols/control/index.ts'
import type { NetworkFault } from '../../../protocols/network/index.ts'
import type { Clock, Log, Signer } from '../../ports/index.ts'
import type { BlobStore } from './blobs.ts'
import type { Directory } from './directory.ts'
import type { Gate } from './gate.ts'
import type { Host } from './host.ts'
import type { Identity } from './identity.ts'
import type { Rate } from './token-bucket.ts'

export type Libp2pDeps = {
  signer: Signer
  /** Digests of the market's domain: peer bindings are signed in it. */
  digest: Digester
  recover: RecoverSigner
  clock: Clock
  log: Log
  blobs: BlobStore
  emit?: Emit
}

export type Libp2pOptions = {
  /** Nodes of different networks do not talk. */
  networkName: string
  /** The 32-byte Ed25519 seed of the peer id. */
  seed: Uint8Array
  /** Multiaddrs, such as /ip4/0.0.0.0/tcp/4001. */
  listen: readonly string[]
  /** Multiaddrs to tell others instead of those found. */
  announce?: readonly string[]
  /** Multiaddrs of nodes to join through, each ending in /p2p/<peer id>. */
  bootstrap: readonly string[]
  mdns: boolean
  /** Where known peers and DHT records are kept. */
  datastoreFolder: string
  /** Many nodes on one machine: no limits per IP address. For tests and demos. */
  testing?: { loopback: boolean }
  limits?: Partial<NetworkLimits>
}

export type NetworkLimits = {
  maxConnections: number
  /** Gossip messages from one peer. */
  gossip: Rate
  /** Requests from one peer. */
  requestsPerPeer: Rate
  /** Requests from everyone. */
  requestsInAll: Rate
  /** Requests of one stream that may be unanswered. */
  maxInFlight: number
  helloTimeoutMs: number
  dialTimeoutMs: number
}

export const defaultLimits: NetworkLimits = {
  maxConnections: 200,
  gossip: { perSecond: 200, burst: 600 },
  requestsPerPeer: { perSecond: 2_000, burst: 4_000 },
  requestsInAll: { perSecond: 8_000, burst: 16_000 },
  maxInFlight: 64,
  helloTimeoutMs: 5_000,
  dialTimeoutMs: 5_000,
}

/** What the parts of a running or resting node share. */
export type Core = {
  deps: Libp2pDeps
  options: Libp2pOptions
  limits: NetworkLimits
  privateKey: Ed25519PrivateKey
  peerId: PeerId
  identity: Identity
  directory: Directory
  gate: Gate
  /** Null unless started. */
  host: Host | null
  /** Aborted when the node stops; renewed when it starts. */
  session: AbortController
}

/** The running host. Throws Fault PEER_UNREACHABLE while the node rests. */
export const requireHost = ({ host }: Core): Host => {
  if (!host) throw new Fault<NetworkFault>('PEER_UNREACHABLE', 'The network is not started')
  return host
}

/** Closes all connections to a peer and refuses new ones for a while. */
export const banPeer = (
  core: Core,
  peer: PeerId,
  { code, forMs }: { code: string; forMs: number },
) => {
  core.gate.ban(peer, forMs)
  core.deps.log.warn({ peer, code, forMs }, 'peer banned')
  const connection = core.host
    ?.getConnections()
    .find(({ remotePeer }) => remotePeer.toString() === peer)
  if (connection) core.host?.hangUp(connection.remotePeer).catch(() => {})
}

/** Calls `work` every `everyMs` while the node runs, never twice at a time; faults are logged. */
export const repeat = (core: Core, everyMs: number, work: () => void | Promise<void>): void => {
  let isBusy = false
  const timer = setInterval(async () => {
    if (isBusy) return
    isBusy = true
    try {
      await work()
    } catch (error) {
      core.deps.log.warn({ error }, 'network upkeep failed')
    } finally {
      isBusy = false
    }
  }, everyMs)
  core.session.signal.addEventListener('abort', () => clearInterval(timer))
}

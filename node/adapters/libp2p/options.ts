import type { Digester, RecoverSigner } from '../../../protocols/common/index.ts'
import type { Emit } from '../../../protocols/control/index.ts'
import type { Clock, Log, Signer } from '../../ports/index.ts'
import type { BlobStore } from './blobs.ts'
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
  /** Multiaddrs of relays through which others may reach this node, each ending in /p2p/<peer id>. */
  relays?: readonly string[]
  /** Looks for such relays by itself. */
  findRelays?: boolean
  /** Relays for others, within limits. */
  serveRelay?: boolean
  /** Asks the router to let others in. */
  upnp?: boolean
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
  requestsPerPeer: { perSecond: 5_000, burst: 10_000 },
  requestsInAll: { perSecond: 10_000, burst: 20_000 },
  maxInFlight: 64,
  helloTimeoutMs: 5_000,
  dialTimeoutMs: 5_000,
}

import type { Ed25519PrivateKey } from '@libp2p/interface'
import type { PeerId } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import type { NetworkFault } from '../../../protocols/network/index.ts'
import type { Directory } from './directory.ts'
import type { Gate } from './gate.ts'
import type { Host } from './host.ts'
import type { Identity } from './identity.ts'
import type { Libp2pDeps, Libp2pOptions, NetworkLimits } from './options.ts'

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

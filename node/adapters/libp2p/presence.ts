import type { PeerId } from '../../../protocols/common/index.ts'
import type { Network, PeerView, Remote, Talk } from '../../ports/index.ts'
import type { Core } from './core.ts'
import type { Host } from './host.ts'

type Listener = (remote: Remote) => void

/** Who is connected and has proven who they are. */
export type Presence = Pick<Talk, 'onConnected' | 'onDisconnected'> &
  Pick<Network, 'peers'> & {
    proven(remote: Remote): void
    start(host: Host): void
    stop(): void
  }

const peersOf = ({ host, directory }: Core): PeerView[] => {
  const views = new Map<PeerId, PeerView & { addresses: string[] }>()
  for (const { remotePeer, remoteAddr } of host?.getConnections() ?? []) {
    const peerId = remotePeer.toString()
    const view = views.get(peerId) ?? { peerId, agent: directory.agentOf(peerId), addresses: [] }
    view.addresses.push(remoteAddr.toString())
    views.set(peerId, view)
  }
  return [...views.values()]
}

export const createPresence = (core: Core): Presence => {
  const present = new Map<PeerId, Remote>()
  const connected = new Set<Listener>()
  const disconnected = new Set<Listener>()
  const tell = (listeners: Iterable<Listener>, remote: Remote) => {
    for (const listener of listeners) {
      try {
        listener(remote)
      } catch (error) {
        core.deps.log.error({ error }, 'connection listener failed')
      }
    }
  }
  const leave = (peer: PeerId) => {
    const remote = present.get(peer)
    if (!remote) return
    present.delete(peer)
    core.deps.emit?.({ type: 'peer.disconnected', ...remote })
    tell(disconnected, remote)
  }
  return {
    peers: () => peersOf(core),
    proven: (remote) => {
      if (present.has(remote.peerId)) return
      if (!core.host?.getPeers().some((peer) => peer.toString() === remote.peerId)) return
      present.set(remote.peerId, remote)
      core.deps.emit?.({ type: 'peer.connected', ...remote })
      tell(connected, remote)
    },
    onConnected: (listener) => {
      connected.add(listener)
      queueMicrotask(() => {
        if (!connected.has(listener)) return
        for (const remote of present.values()) tell([listener], remote)
      })
      return () => connected.delete(listener)
    },
    onDisconnected: (listener) => {
      disconnected.add(listener)
      return () => disconnected.delete(listener)
    },
    start: (host) => {
      host.addEventListener('peer:disconnect', ({ detail }) => leave(detail.toString()))
    },
    stop: () => {
      for (const peer of [...present.keys()]) leave(peer)
    },
  }
}

import type { GossipSub } from '@libp2p/gossipsub'
import type { PeerId as LibPeerId } from '@libp2p/interface'
import type { PeerId } from '../../../protocols/common/index.ts'
import { banPeer, type Core, repeat } from './core.ts'
import { GRAYLIST_SCORE } from './gossip-settings.ts'
import type { Host } from './host.ts'

const CHECK_MS = 2_000
const DEAF_AFTER_CHECKS = 8
const GRAYLIST_BAN_MS = 600_000

/** The part of gossipsub that its public type leaves out. */
type Watched = GossipSub & {
  streamsInbound: ReadonlyMap<PeerId, unknown>
  getScore(peerId: PeerId): number
}

/** Counts how often in a row each peer was found deaf; answers with those who have been for too long. */
export const createDeafnessCount = () => {
  const counts = new Map<PeerId, number>()
  return (peers: readonly PeerId[], isHeard: (peer: PeerId) => boolean): PeerId[] => {
    const deaf = peers.filter((peer) => !isHeard(peer))
    const before = new Map(counts)
    counts.clear()
    for (const peer of deaf) counts.set(peer, (before.get(peer) ?? 0) + 1)
    const lost = deaf.filter((peer) => (counts.get(peer) ?? 0) >= DEAF_AFTER_CHECKS)
    for (const peer of lost) counts.delete(peer)
    return lost
  }
}

const reopen = async (core: Core, host: Host, peer: LibPeerId): Promise<void> => {
  core.deps.log.warn({ peer: peer.toString() }, 'deaf gossip link reopened')
  await host.hangUp(peer).catch(() => {})
  await host.dial(peer).catch(() => {})
}

/** Cuts off those whom gossipsub only ignores, and mends links that went deaf without closing. */
export const watchLinks = (core: Core, host: Host): void => {
  const pubsub = host.services.pubsub as Watched
  const findDeaf = createDeafnessCount()
  repeat(core, CHECK_MS, async () => {
    const peers = new Map(pubsub.getPeers().map((peer) => [peer.toString(), peer]))
    for (const peer of peers.keys()) {
      if (pubsub.getScore(peer) >= GRAYLIST_SCORE) continue
      banPeer(core, peer, { code: 'GOSSIP_GRAYLISTED', forMs: GRAYLIST_BAN_MS })
      peers.delete(peer)
    }
    // One message over the other side's limit ends its inbound stream for good: only a new connection helps.
    for (const peer of findDeaf([...peers.keys()], (id) => pubsub.streamsInbound.has(id))) {
      await reopen(core, host, peers.get(peer) as LibPeerId)
    }
  })
}

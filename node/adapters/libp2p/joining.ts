import { KEEP_ALIVE, type PeerId as LibPeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { PeerId } from '../../../protocols/common/index.ts'
import { type Core, repeat } from './core.ts'
import type { Host } from './host.ts'

const MAX_DISCOVERY_DIALS = 16
const REJOIN_MS = 1_000
const MAX_REJOIN_MS = 30_000
const REDIAL_MS = 15_000
const MAX_KEPT = 256
const MAX_FAULT_CHARS = 200
const KNOWN_MS = 5_000
const KNOWN_DIAL_MS = 2_000
const MAX_KNOWN = 64
const ENOUGH_KNOWN = 4

/** Finds a place in the network and holds it. */
export type Joining = {
  start(host: Host): void
  /** Holds on to a peer that we owe or that owes us: kept when others are dropped, redialled for good. */
  keep(peer: PeerId): void
  /** Why a bootstrap address was not reached when it was last tried; null where it was. */
  faultOf(address: string): string | null
}

const isConnected = (host: Host, peer: string): boolean =>
  host.getConnections().some(({ remotePeer }) => remotePeer.toString() === peer)

// Discovery only tells of peers: nobody dials them but us.
const dialDiscovered = (core: Core, host: Host) => {
  const underWay = new Set<string>()
  const enough = Math.floor(core.limits.maxConnections / 2)
  host.addEventListener('peer:discovery', async ({ detail: { id } }) => {
    const peer = id.toString()
    if (underWay.size >= MAX_DISCOVERY_DIALS || underWay.has(peer)) return
    if (host.getConnections().length >= enough || isConnected(host, peer)) return
    underWay.add(peer)
    try {
      await host.dial(id, { signal: core.session.signal })
    } catch (error) {
      core.deps.log.debug({ peer, error }, 'discovered peer not reached')
    } finally {
      underWay.delete(peer)
    }
  })
}

type Faults = Map<string, string>

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, MAX_FAULT_CHARS)

const rejoin = (
  core: Core,
  host: Host,
  { address, faults }: { address: string; faults: Faults },
) => {
  const target = multiaddr(address)
  const peer = /\/p2p\/([^/]+)$/.exec(address)?.[1]
  let waitMs = REJOIN_MS
  let tryAtMs = 0
  return async () => {
    const nowMs = core.deps.clock.nowMs()
    if (nowMs < tryAtMs || peer === core.peerId) return
    if (peer ? isConnected(host, peer) : host.getConnections().length > 0) return
    try {
      await host.dial(target, { signal: core.session.signal })
      waitMs = REJOIN_MS
      faults.delete(address)
    } catch (error) {
      faults.set(address, reasonOf(error))
      core.deps.log.debug({ address, error }, 'bootstrap peer not reached')
      waitMs = Math.min(waitMs * 2, MAX_REJOIN_MS)
      tryAtMs = nowMs + waitMs
    }
  }
}

/** Without any connection: those known from earlier, kept on disk. */
const dialKnown = async (core: Core, host: Host): Promise<void> => {
  if (host.getConnections().length > 0) return
  for (const { id } of await host.peerStore.all({ limit: MAX_KNOWN })) {
    if (id.toString() === core.peerId) continue
    await host
      .dial(id, {
        signal: AbortSignal.any([core.session.signal, AbortSignal.timeout(KNOWN_DIAL_MS)]),
      })
      .catch(() => {})
    if (host.getConnections().length >= ENOUGH_KNOWN) return
  }
}

export const createJoining = (core: Core): Joining => {
  const kept = new Map<PeerId, LibPeerId>()
  const faults: Faults = new Map()
  return {
    start: (host) => {
      dialDiscovered(core, host)
      const rejoiners = core.options.bootstrap.map((address) =>
        rejoin(core, host, { address, faults }),
      )
      repeat(core, REJOIN_MS, async () => {
        await Promise.all(rejoiners.map((attempt) => attempt()))
      })
      repeat(core, KNOWN_MS, () => dialKnown(core, host))
      // The library gives up after half a minute; a debt does not.
      repeat(core, REDIAL_MS, async () => {
        for (const [peer, id] of kept) {
          if (!isConnected(host, peer)) await host.dial(id).catch(() => {})
        }
      })
    },
    keep: (peer) => {
      if (kept.has(peer) || kept.size >= MAX_KEPT) return
      const id = peerIdFromString(peer)
      kept.set(peer, id)
      core.host?.peerStore
        .merge(id, { tags: { [`${KEEP_ALIVE}-channel`]: { value: 100 } } })
        .catch(() => {})
    },
    faultOf: (address) => faults.get(address) ?? null,
  }
}

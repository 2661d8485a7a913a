import type { ConnectionGater, PeerId as LibPeerId } from '@libp2p/interface'
import type { PeerId } from '../../../protocols/common/index.ts'
import { createBoundedMap } from './bounded-map.ts'

const MAX_BANS = 4_096

/** Who may not connect for now. Bans end by themselves. */
export type Gate = {
  gater: ConnectionGater
  ban(peerId: PeerId, forMs: number): void
  isBanned(peerId: PeerId): boolean
}

export const createGate = (nowMs: () => number): Gate => {
  const until = createBoundedMap<PeerId, number>(MAX_BANS)
  const isBanned = (peerId: PeerId): boolean => {
    const end = until.get(peerId)
    if (end === undefined) return false
    if (end > nowMs()) return true
    until.delete(peerId)
    return false
  }
  const refuse = (peerId: LibPeerId) => isBanned(peerId.toString())
  return {
    gater: {
      denyDialPeer: refuse,
      denyInboundEncryptedConnection: refuse,
      denyOutboundEncryptedConnection: refuse,
    },
    ban: (peerId, forMs) => until.set(peerId, nowMs() + forMs),
    isBanned,
  }
}

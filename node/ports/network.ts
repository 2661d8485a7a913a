import type { Address, PeerId } from '../../protocols/common/index.ts'
import type { NetworkSight } from '../../protocols/network/index.ts'

export type PeerView = { peerId: PeerId; agent: Address | null; addresses: readonly string[] }

/** The node's place in the network. */
export type Network = {
  start(): Promise<void>
  stop(): Promise<void>
  self(): { peerId: PeerId; addresses: readonly string[] }
  peers(): readonly PeerView[]
  /** How this node stands in the network now. */
  sight(): NetworkSight
}

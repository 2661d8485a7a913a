import type { PeerId, Verdict } from '../../protocols/common/index.ts'

export type GossipTopic = 'auctions' | 'bids' | 'awards' | 'complaints'

/** Judges one message and, where it accepts, keeps what it needs of it. Called once per distinct message. */
export type GossipHandler = (data: Uint8Array, from: PeerId) => Verdict | Promise<Verdict>

/** Small signed announcements to everyone (at most 2 KiB each); never delivered to oneself. */
export type Gossip = {
  publish(topic: GossipTopic, data: Uint8Array): Promise<{ recipients: number }>
  subscribe(topic: GossipTopic, handler: GossipHandler): void
  /** How many peers are known to listen to the topic. */
  listeners(topic: GossipTopic): number
}

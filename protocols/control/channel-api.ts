import type { Address, Amount, Hash } from '../common/index.ts'
import type { ChannelView, ExposureView, WatchView } from './channel-views.ts'

/** What the control port asks about channels; amounts in atomic units. An unknown id is Fault NOT_FOUND. */
export type ChannelApi = {
  channels(): Promise<readonly ChannelView[]>
  channel(id: Hash): Promise<ChannelView>
  /** Proposes a channel to the peer, deposits, and resolves once that is confirmed. */
  openChannel(order: {
    peer: Address
    amount: Amount
    mode: 'simplex' | 'duplex'
  }): Promise<ChannelView>
  /** Adds to this node's own deposit. */
  fundChannel(id: Hash, amount: Amount): Promise<ChannelView>
  /** DUPLEX: settles all promises, and takes money out to either side. */
  rebaseChannel(id: Hash, order: { out: Amount; outToPeer: Amount }): Promise<ChannelView>
  /** Starts closing and resolves with the channel as it then is. `force`: alone, whatever runs over it. */
  closeChannel(id: Hash, options?: { force?: boolean }): Promise<ChannelView>
  /** Payee: puts the latest promise on chain. */
  claimChannel(id: Hash): Promise<ChannelView>
  /** The owner has looked at a frozen channel. */
  unfreezeChannel(id: Hash): Promise<ChannelView>
  exposure(): Promise<readonly ExposureView[]>
  towers(): Promise<readonly WatchView[]>
}

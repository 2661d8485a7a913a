import type { Multiaddr } from '@multiformats/multiaddr'
import type { Host } from './host.ts'

/** An address of this node: `verified` once somebody could dial it, or where nobody has to. */
export type OwnAddress = { multiaddr: Multiaddr; verified: boolean; type: string }

/** The parts of libp2p that its public type leaves out. */
type Internals = {
  addressManager: { getAddressesWithMetadata(): OwnAddress[] }
  transportManager: { listen(addresses: Multiaddr[]): Promise<void> }
}

/** Addresses with what is known of them, and a way to listen on more while running. */
export const internalsOf = (host: Host): Internals =>
  (host as Host & { components: Internals }).components

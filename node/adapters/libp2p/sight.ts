import type { NetworkSight } from '../../../protocols/network/index.ts'
import type { Core } from './core.ts'
import { internalsOf } from './internals.ts'
import { relaysOf } from './relays.ts'

const ownAddresses = ({ host }: Core) =>
  host ? internalsOf(host).addressManager.getAddressesWithMetadata() : []

/** The part of the DHT that its public type leaves out. */
type Routed = { routingTable: { size: number } }

const routingTableSize = ({ host }: Core): number =>
  host ? (host.services.dht as unknown as Routed).routingTable.size : 0

/** What the node sees of its place in the network; `faultOf` tells why a bootstrap address was not reached last time. */
export const sightOf = (core: Core, faultOf: (address: string) => string | null): NetworkSight => {
  const { host, options, peerId } = core
  const connected = new Set(host?.getPeers().map((peer) => peer.toString()))
  const own = ownAddresses(core).map(({ multiaddr, verified, type }) => ({
    address: multiaddr.toString(),
    isVerified: verified,
    type,
  }))
  return {
    peerId,
    listening: own
      .filter(({ type, address }) => type === 'transport' && !address.includes('/p2p-circuit'))
      .map(({ address }) => address),
    announced: host?.getMultiaddrs().map((address) => address.toString()) ?? [],
    observed: own
      .filter(({ type }) => type !== 'transport' && type !== 'announce')
      .map(({ address, isVerified }) => ({ address, isVerified })),
    relays: relaysOf(core),
    wantsRelays: options.findRelays === true || (options.relays ?? []).length > 0,
    isLocal: options.testing?.loopback ?? false,
    peers: connected.size,
    dhtPeers: routingTableSize(core),
    bootstrap: options.bootstrap.map((address) => {
      const peer = /\/p2p\/([^/]+)$/.exec(address)?.[1]
      const isConnected = peer === undefined ? connected.size > 0 : connected.has(peer)
      return { address, isConnected, fault: isConnected ? null : faultOf(address) }
    }),
  }
}

/** What a node sees of its place in the network. */
export type NetworkSight = {
  peerId: string
  listening: readonly string[]
  /** Addresses told to others. */
  announced: readonly string[]
  /** Addresses at which others saw this node, and whether one of them could dial it there. */
  observed: readonly { address: string; isVerified: boolean }[]
  /** Relays that carry connections to this node, by peer id. */
  relays: readonly string[]
  wantsRelays: boolean
  /** Whether it never leaves this machine. */
  isLocal: boolean
  peers: number
  /** Peers in the DHT's routing table. */
  dhtPeers: number
  bootstrap: readonly { address: string; isConnected: boolean; fault: string | null }[]
}

/** `open`: others can dial it. `relayed`: through a relay only. `closed`: nobody can. `local`: on this machine only. */
export type Reachability = 'open' | 'relayed' | 'closed' | 'local' | 'unknown'

export type NetworkProblem = { code: string; message: string; fix: string }

const PRIVATE =
  /^\/(ip4\/(0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)|ip6\/(::1?\/|f[cd]|fe80))/i

const isRelayed = (address: string): boolean => address.includes('/p2p-circuit')
const isPublic = (address: string): boolean => !isRelayed(address) && !PRIVATE.test(address)

/** How others can connect to this node, as far as it was found out. */
export const reachabilityOf = ({
  announced,
  observed,
  relays,
  isLocal,
}: NetworkSight): Reachability => {
  if (isLocal) return 'local'
  const seen = observed.filter(({ address }) => isPublic(address))
  if (seen.some(({ isVerified }) => isVerified) || announced.some(isPublic)) return 'open'
  if (relays.length > 0) return 'relayed'
  return seen.length > 0 ? 'closed' : 'unknown'
}

type Check = (sight: NetworkSight) => NetworkProblem | null

const nobody: Check = ({ peers, bootstrap }) =>
  peers > 0
    ? null
    : {
        code: 'NO_PEERS',
        message: 'This node is connected to nobody.',
        fix:
          bootstrap.length > 0
            ? 'Check the connection to the internet, and the addresses in network.bootstrap.'
            : 'Name nodes of this market in network.bootstrap, or turn on network.mdns.',
      }

const bootstrapFails: Check = ({ bootstrap }) => {
  const lost = bootstrap.filter(({ isConnected }) => !isConnected)
  if (lost.length === 0) return null
  const [first] = lost
  return {
    code: 'BOOTSTRAP_UNREACHED',
    message: `${lost.length} of ${bootstrap.length} bootstrap nodes are not connected, such as ${first?.address}${first?.fault ? ` (${first.fault})` : ''}.`,
    fix: 'Ask their operators whether they run at these addresses, or take them out of network.bootstrap.',
  }
}

const unreachable: Check = (sight) =>
  reachabilityOf(sight) !== 'closed'
    ? null
    : {
        code: 'NOT_REACHABLE',
        message: 'Others see an address of this node, and nobody could dial it.',
        fix: 'Forward the port of network.listen in the router and announce it in network.announce, or set network.findRelays.',
      }

const relayMissing: Check = ({ wantsRelays, relays }) =>
  !wantsRelays || relays.length > 0
    ? null
    : {
        code: 'NO_RELAY',
        message: 'No relay holds a place for this node.',
        fix: 'Name in network.relays a node that runs with network.serveRelay, or wait until one is found.',
      }

const emptyTable: Check = ({ peers, dhtPeers }) =>
  peers === 0 || dhtPeers > 0
    ? null
    : {
        code: 'DHT_EMPTY',
        message: 'Nobody it is connected to keeps records for this market.',
        fix: 'Connect to nodes of this market: they are named in network.bootstrap.',
      }

const checks: readonly Check[] = [nobody, bootstrapFails, unreachable, relayMissing, emptyTable]

/** What stands between this node and the others, each with what its operator can do about it. */
export const diagnoseNetwork = (sight: NetworkSight): NetworkProblem[] =>
  checks.flatMap((check) => check(sight) ?? [])

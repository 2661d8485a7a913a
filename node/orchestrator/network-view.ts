import type { NetworkSightView } from '../../protocols/control/index.ts'
import { diagnoseNetwork, reachabilityOf } from '../../protocols/network/index.ts'
import type { Network } from '../ports/index.ts'

/** What the network sees of this node, with what its operator can do about it. */
export const networkSightView = (network: Pick<Network, 'sight'>): NetworkSightView => {
  const seen = network.sight()
  const { wantsRelays: _wants, isLocal: _local, ...sight } = seen
  return {
    ...sight,
    listening: [...sight.listening],
    announced: [...sight.announced],
    observed: [...sight.observed],
    relays: [...sight.relays],
    bootstrap: [...sight.bootstrap],
    reachability: reachabilityOf(seen),
    problems: diagnoseNetwork(seen),
  }
}

import { multiaddr } from '@multiformats/multiaddr'
import { type Core, repeat } from './core.ts'
import { internalsOf } from './internals.ts'

const TRY_MS = 5_000

/** The relays that carry connections to this node now, by peer id. */
export const relaysOf = ({ host }: Core): string[] => [
  ...new Set(
    (host?.getMultiaddrs() ?? []).flatMap(
      (address) => /\/p2p\/([^/]+)\/p2p-circuit/.exec(address.toString())?.[1] ?? [],
    ),
  ),
]

/** Keeps a place at each relay named in the options; one that is away is asked again and again. */
export const holdRelays = (core: Core): void => {
  const { relays = [] } = core.options
  if (relays.length === 0) return
  const hold = async () => {
    const { host } = core
    if (!host) return
    const held = relaysOf(core)
    const lost = relays.filter((address) => !held.some((peer) => address.endsWith(`/p2p/${peer}`)))
    for (const address of lost) {
      // Not among the addresses to listen on: there one relay that is away keeps the whole node from starting.
      await internalsOf(host)
        .transportManager.listen([multiaddr(`${address}/p2p-circuit`)])
        .catch((error) => core.deps.log.debug({ address, error }, 'relay not reached'))
    }
  }
  hold().catch(() => {})
  repeat(core, TRY_MS, hold)
}

import type { PeerId as LibPeerId } from '@libp2p/interface'
import { CID } from 'multiformats/cid'
import type { Cid } from '../../../protocols/common/index.ts'
import { toHex } from '../../../protocols/common/index.ts'
import { cidOfHash } from '../../../protocols/network/index.ts'
import { sha256 } from './blob-files.ts'
import { type Core, repeat } from './core.ts'
import type { Dht } from './dht.ts'
import type { Host } from './host.ts'

const LOOK_EVERY_MS = 60_000
const LOOK_UP_MS = 10_000
/** With so many connections nobody else is looked for. */
const ENOUGH = 16
const MAX_DIALS = 8

/** Where the nodes of one market meet: the key under which each of them provides itself in the DHT. */
export const rendezvousKey = (networkName: string): Cid =>
  cidOfHash(toHex(sha256(new TextEncoder().encode(`/souk/1/rendezvous/${networkName}`))))

const isConnected = (host: Host, peer: LibPeerId) => host.getConnections(peer).length > 0

const dialMembers = async (core: Core, host: Host, key: CID): Promise<void> => {
  const signal = AbortSignal.any([core.session.signal, AbortSignal.timeout(LOOK_UP_MS)])
  let dials = 0
  for await (const { id } of host.contentRouting.findProviders(key, { signal })) {
    if (dials >= MAX_DIALS) return
    if (id.toString() === core.peerId || isConnected(host, id)) continue
    dials += 1
    await host.dial(id, { signal }).catch((error) => {
      core.deps.log.debug({ peer: id.toString(), error }, 'member not reached')
    })
  }
}

/** Tells the DHT that this node is of its market, and looks for others of it while it knows few. */
export const meetAtRendezvous = (core: Core, dht: Dht): void => {
  const key = rendezvousKey(core.options.networkName)
  dht.provide(key)
  let lookAtMs = 0
  repeat(core, 1_000, async () => {
    const { host } = core
    const connections = host?.getConnections().length ?? 0
    const nowMs = core.deps.clock.nowMs()
    // Without a connection there is no DHT to ask.
    if (!host || connections === 0 || connections >= ENOUGH || nowMs < lookAtMs) return
    lookAtMs = nowMs + LOOK_EVERY_MS
    await dialMembers(core, host, CID.parse(key)).catch(() => {})
  })
}

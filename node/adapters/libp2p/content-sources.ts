import type { PeerId as LibPeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { CID } from 'multiformats/cid'
import type { Address, Cid, PeerId } from '../../../protocols/common/index.ts'
import { type Core, requireHost } from './core.ts'
import type { Dht } from './dht.ts'

const FIND_PROVIDERS_MS = 8_000
const MAX_SOURCES = 16

export type Search = { cid: Cid; from: readonly Address[]; signal: AbortSignal }

async function* peersOfAgents({ directory }: Core, dht: Dht, { from, signal }: Search) {
  for (const agent of from) {
    const binding = directory.bindingOf(agent) ?? (await dht.findBinding(agent, signal))
    if (binding) yield peerIdFromString(binding.peerId)
  }
}

async function* providersOf(core: Core, { cid, signal }: Search) {
  const until = AbortSignal.any([signal, AbortSignal.timeout(FIND_PROVIDERS_MS)])
  try {
    const { contentRouting } = requireHost(core)
    for await (const { id } of contentRouting.findProviders(CID.parse(cid), { signal: until })) {
      yield id
    }
  } catch {
    // No more are found in time.
  }
}

/** Those who may have some content, each once: first those asked for, then those who say so in the DHT. */
export async function* sourcesOf(
  core: Core,
  dht: Dht,
  search: Search,
): AsyncGenerator<LibPeerId, void> {
  const tried = new Set<PeerId>([core.peerId])
  for (const peers of [peersOfAgents(core, dht, search), providersOf(core, search)]) {
    for await (const peer of peers) {
      if (tried.has(peer.toString())) continue
      if (tried.size > MAX_SOURCES) return
      tried.add(peer.toString())
      yield peer
    }
  }
}

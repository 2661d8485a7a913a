import type { Address, PeerBinding, PeerId } from '../../../protocols/common/index.ts'
import { createBoundedMap } from './bounded-map.ts'

const MAX_AGENTS = 10_000

/** Which agent runs which peer, as proven by bindings that were verified before they got here. */
export type Directory = {
  learn(binding: PeerBinding): void
  bindingOf(agent: Address): PeerBinding | null
  agentOf(peerId: PeerId): Address | null
}

export const createDirectory = (): Directory => {
  const byAgent = createBoundedMap<Address, PeerBinding>(MAX_AGENTS)
  const byPeer = createBoundedMap<PeerId, Address>(MAX_AGENTS)
  return {
    learn: (binding) => {
      const known = byAgent.get(binding.agent)
      if (known && known.seq > binding.seq) return
      if (known && known.peerId !== binding.peerId) byPeer.delete(known.peerId)
      byAgent.set(binding.agent, binding)
      byPeer.set(binding.peerId, binding.agent)
    },
    bindingOf: (agent) => byAgent.get(agent) ?? null,
    agentOf: (peerId) => byPeer.get(peerId) ?? null,
  }
}

import { CID } from 'multiformats/cid'
import type { Address, Cid, PeerBinding } from '../../../protocols/common/index.ts'
import { createBoundedMap } from './bounded-map.ts'
import { type Core, repeat } from './core.ts'
import { agentKey } from './dht-records.ts'
import type { Host } from './host.ts'
import { openBinding } from './identity.ts'

const LOOK_UP_MS = 4_000
const STORE_MS = 10_000
const UPKEEP_MS = 2_000
const REPUBLISH_MS = 6 * 3_600_000
const MAX_TO_PROVIDE = 4_096

/** Records and providers that strangers keep for us. */
export type Dht = {
  /** The newest binding stored under an agent's key; null where none is found in time. */
  findBinding(agent: Address, signal?: AbortSignal): Promise<PeerBinding | null>
  /** Will be told to the DHT as soon as there are peers to keep it. */
  provide(cid: Cid): void
  /** No longer said to be here. */
  withdraw(cid: Cid): void
  /** Begins to publish. */
  start(): void
}

const anySignal = (core: Core, ms: number, signal?: AbortSignal): AbortSignal =>
  AbortSignal.any([core.session.signal, AbortSignal.timeout(ms), ...(signal ? [signal] : [])])

const lastValue = async (host: Host, agent: Address, signal: AbortSignal) => {
  let value: Uint8Array | null = null
  for await (const event of host.services.dht.get(agentKey(agent), { signal })) {
    if (event.name === 'VALUE') value = event.value
  }
  return value
}

const storeBinding = async (core: Core, host: Host): Promise<boolean> => {
  const envelope = await core.identity.envelope()
  let copies = 0
  const options = { signal: anySignal(core, STORE_MS) }
  const key = agentKey(core.deps.signer.address)
  for await (const event of host.services.dht.put(key, envelope, options)) {
    if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') copies += 1
  }
  return copies > 0
}

const storeProvider = async (core: Core, host: Host, cid: Cid): Promise<boolean> => {
  let copies = 0
  const options = { signal: anySignal(core, STORE_MS) }
  for await (const event of host.services.dht.provide(CID.parse(cid), options)) {
    if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') copies += 1
  }
  return copies > 0
}

export const createDht = (core: Core): Dht => {
  const toProvide = createBoundedMap<Cid, true>(MAX_TO_PROVIDE)
  const provideSoon = new Set<Cid>()
  let publishAtMs = 0
  const publish = async () => {
    const { host } = core
    // What is put before anybody is connected is silently lost.
    if (!host || host.getConnections().length === 0) return
    if (core.deps.clock.nowMs() >= publishAtMs && (await storeBinding(core, host))) {
      publishAtMs = core.deps.clock.nowMs() + REPUBLISH_MS
      core.deps.log.debug({}, 'peer binding stored in the DHT')
    }
    for (const cid of provideSoon) {
      if (core.session.signal.aborted || !(await storeProvider(core, host, cid))) return
      provideSoon.delete(cid)
    }
  }
  return {
    findBinding: async (agent, signal) => {
      if (!core.host) return null
      const { digest, recover, clock } = core.deps
      try {
        const value = await lastValue(core.host, agent, anySignal(core, LOOK_UP_MS, signal))
        const known = core.directory.bindingOf
        const binding = value && (await openBinding(value, { digest, recover, clock, known }))
        if (binding?.agent !== agent) return null
        core.directory.learn(binding)
        return binding
      } catch {
        // Not found, not in time or not valid: for the asker it is the same.
        return null
      }
    },
    provide: (cid) => {
      if (toProvide.get(cid) || provideSoon.size >= MAX_TO_PROVIDE) return
      toProvide.set(cid, true)
      provideSoon.add(cid)
    },
    withdraw: (cid) => {
      toProvide.delete(cid)
      provideSoon.delete(cid)
      core.host?.contentRouting.cancelReprovide(CID.parse(cid)).catch(() => {})
    },
    start: () => {
      publishAtMs = 0
      repeat(core, UPKEEP_MS, publish)
    },
  }
}

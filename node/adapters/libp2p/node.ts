import type { Address } from '../../../protocols/common/index.ts'
import type { Content, Gossip, Network, Talk } from '../../ports/index.ts'
import { createContent } from './content.ts'
import type { Core } from './core.ts'
import { createDht } from './dht.ts'
import { createDirectory } from './directory.ts'
import { createGate } from './gate.ts'
import { createGossip } from './gossip.ts'
import { createHost } from './host.ts'
import { createIdentity, openBinding, peerIdOfSeed, peerKeyFromSeed } from './identity.ts'
import { createJoining } from './joining.ts'
import { defaultLimits, type Libp2pDeps, type Libp2pOptions } from './options.ts'
import { createPresence } from './presence.ts'
import { holdRelays } from './relays.ts'
import { meetAtRendezvous } from './rendezvous.ts'
import { sightOf } from './sight.ts'
import { createTalk } from './talk.ts'
import { watchLinks } from './watch.ts'

export type Libp2pNode = {
  network: Network
  gossip: Gossip
  talk: Talk
  content: Content
  /** Holds on to an agent's connection: kept when others are dropped, redialled for good. */
  keep(agent: Address): void
}

const createCore = async (deps: Libp2pDeps, options: Libp2pOptions): Promise<Core> => {
  const privateKey = await peerKeyFromSeed(options.seed)
  const { signer, digest, clock } = deps
  return {
    deps,
    options,
    limits: { ...defaultLimits, ...options.limits },
    privateKey,
    peerId: await peerIdOfSeed(options.seed),
    identity: createIdentity({ signer, digest, clock, privateKey }),
    directory: createDirectory(),
    gate: createGate(clock.nowMs),
    host: null,
    session: new AbortController(),
  }
}

const makeHost = (core: Core) => {
  const { digest, recover, clock } = core.deps
  return createHost(core.options, {
    privateKey: core.privateKey,
    gate: core.gate,
    limits: core.limits,
    penaltyOf: (peer) => (core.gate.isBanned(peer) ? -10_000 : 0),
    // Records are judged on their own: what is known of the agent comes from the stored record.
    judgeRecord: (envelope) => openBinding(envelope, { digest, recover, clock, known: () => null }),
  })
}

/** A node of the peer-to-peer network; nothing happens before `network.start()`. */
export const createLibp2pNode = async (
  deps: Libp2pDeps,
  options: Libp2pOptions,
): Promise<Libp2pNode> => {
  const core = await createCore(deps, options)
  const dht = createDht(core)
  const joining = createJoining(core)
  const presence = createPresence(core)
  const { gossip, start: startGossip } = createGossip(core)
  const { content, start: startContent } = createContent(core, dht)
  const { talk, start: startTalk, stop: stopTalk } = createTalk(core, { dht, joining, presence })
  let stopHost: (() => Promise<void>) | null = null
  const stop = async () => {
    core.session.abort()
    stopTalk()
    presence.stop()
    core.host = null
    const stopping = stopHost
    stopHost = null
    await stopping?.()
  }
  const start = async () => {
    core.session = new AbortController()
    const made = await makeHost(core)
    core.host = made.host
    stopHost = made.stop
    // Everything that listens comes first: peers connect the moment the host starts.
    presence.start(made.host)
    await startTalk(made.host)
    await startContent(made.host)
    joining.start(made.host)
    await made.start()
    startGossip(made.host)
    dht.start()
    watchLinks(core, made.host)
    meetAtRendezvous(core, dht)
    holdRelays(core)
    deps.log.info({ peer: core.peerId, addresses: network.self().addresses }, 'network started')
  }
  let started: Promise<void> | null = null
  const network: Network = {
    start: () => {
      started ??= start().catch(async (error) => {
        started = null
        await stop()
        throw error
      })
      return started
    },
    stop: async () => {
      await started?.catch(() => {})
      started = null
      await stop()
    },
    self: () => ({
      peerId: core.peerId,
      addresses: core.host?.getMultiaddrs().map((address) => address.toString()) ?? [],
    }),
    peers: presence.peers,
    sight: () => sightOf(core, joining.faultOf),
  }
  return {
    network,
    gossip,
    talk,
    content,
    keep: (agent) => {
      const binding = core.directory.bindingOf(agent)
      if (binding) joining.keep(binding.peerId)
    },
  }
}

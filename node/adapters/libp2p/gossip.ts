import { type Message, TopicValidatorResult } from '@libp2p/gossipsub'
import type { PeerId as LibPeerId } from '@libp2p/interface'
import { Fault, type PeerId, type Verdict } from '../../../protocols/common/index.ts'
import { MAX_GOSSIP_BYTES, type NetworkFault } from '../../../protocols/network/index.ts'
import type { Gossip, GossipHandler, GossipTopic } from '../../ports/index.ts'
import { banPeer, type Core, requireHost } from './core.ts'
import { topicName } from './gossip-settings.ts'
import type { Host } from './host.ts'
import { createTokenBuckets } from './token-bucket.ts'

const MAX_EXCESS = 400
const FLOOD_BAN_MS = 600_000

const results = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} satisfies Record<Verdict['action'], TopicValidatorResult>

type Judge = (
  handler: GossipHandler,
  message: Message,
  from: PeerId,
) => Promise<TopicValidatorResult>

/** Judges in order of cost: the sender's rate, the size, then whatever the handler asks. */
const createJudge = (core: Core): Judge => {
  const buckets = createTokenBuckets(core.limits.gossip)
  return async (handler, { data }, from) => {
    const refusals = buckets.take(from, core.deps.clock.nowMs())
    if (refusals > MAX_EXCESS) {
      banPeer(core, from, { code: 'GOSSIP_FLOOD', forMs: FLOOD_BAN_MS })
    }
    if (refusals > 0) return TopicValidatorResult.Ignore
    if (data.length > MAX_GOSSIP_BYTES) return TopicValidatorResult.Reject
    try {
      const verdict = await handler(data, from)
      if (verdict.action === 'reject') {
        core.deps.log.debug({ peer: from, code: verdict.code }, 'gossip rejected')
      }
      return results[verdict.action]
    } catch (error) {
      // Our own fault is nobody else's: no blame, and nothing spread that was not judged.
      core.deps.log.error({ error }, 'gossip handler failed')
      return TopicValidatorResult.Ignore
    }
  }
}

/** Gossip that also survives a stop and start: subscriptions are kept. */
export const createGossip = (core: Core): { gossip: Gossip; start(host: Host): void } => {
  const handlers = new Map<GossipTopic, GossipHandler>()
  const judge = createJudge(core)
  const nameOf = (topic: GossipTopic) => topicName(core.options.networkName, topic)
  const attach = ({ services: { pubsub } }: Host, topic: GossipTopic, handler: GossipHandler) => {
    pubsub.topicValidators.set(nameOf(topic), (from: LibPeerId, message: Message) =>
      judge(handler, message, from.toString()),
    )
    pubsub.subscribe(nameOf(topic))
  }
  return {
    gossip: {
      publish: async (topic, data) => {
        if (data.length > MAX_GOSSIP_BYTES) {
          throw new Fault<NetworkFault>('MESSAGE_TOO_LARGE', 'A gossip message holds at most 2 KiB')
        }
        const { pubsub } = requireHost(core).services
        const { recipients } = await pubsub.publish(nameOf(topic), data)
        return { recipients: recipients.length }
      },
      subscribe: (topic, handler) => {
        handlers.set(topic, handler)
        if (core.host) attach(core.host, topic, handler)
      },
      listeners: (topic) => core.host?.services.pubsub.getSubscribers(nameOf(topic)).length ?? 0,
    },
    start: (host) => {
      for (const [topic, handler] of handlers) attach(host, topic, handler)
    },
  }
}

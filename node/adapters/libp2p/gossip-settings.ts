import { createHash } from 'node:crypto'
import type { GossipsubOpts, Message } from '@libp2p/gossipsub'
import { StrictNoSign } from '@libp2p/gossipsub'
import { createTopicScoreParams } from '@libp2p/gossipsub/score'
import type { GossipTopic } from '../../ports/index.ts'

/** Every topic of the network; no other is let in. */
export const GOSSIP_TOPICS: readonly GossipTopic[] = ['auctions', 'bids', 'awards', 'complaints']

/** Below this score a peer is cut off: three broken messages, or a flood. */
export const GRAYLIST_SCORE = -1_000

/** The topic as gossipsub names it: bound to one network and one version of the messages. */
export const topicName = (network: string, topic: GossipTopic): string =>
  `/souk/1/${network}/${topic}`

const MESSAGE_ID_BYTES = 20

const digestOf = (algorithm: 'sha1' | 'sha256', { topic, data }: Message): Buffer =>
  createHash(algorithm).update(topic).update('\0').update(data).digest()

// Library defaults punish nothing (no topic has parameters), and expect a steady stream from everyone (P3): ours are sparse.
const topicScore = createTopicScoreParams({
  topicWeight: 1,
  timeInMeshWeight: 0.01,
  timeInMeshCap: 300,
  firstMessageDeliveriesWeight: 0.5,
  firstMessageDeliveriesDecay: 0.9,
  firstMessageDeliveriesCap: 50,
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  invalidMessageDeliveriesWeight: -150,
  invalidMessageDeliveriesDecay: 0.9,
})

export type GossipSettings = {
  network: string
  /** Many peers share one address: on one machine only. */
  isLoopback: boolean
  /** Penalty (0 or less) for what a peer did outside gossip. */
  penaltyOf: (peerId: string) => number
}

const scoring = ({ network, isLoopback, penaltyOf }: GossipSettings) => ({
  scoreParams: {
    topics: Object.fromEntries(
      GOSSIP_TOPICS.map((topic) => [topicName(network, topic), topicScore]),
    ),
    IPColocationFactorWeight: isLoopback ? 0 : -5,
    appSpecificScore: penaltyOf,
    appSpecificWeight: 1,
  },
  scoreThresholds: {
    gossipThreshold: -100,
    publishThreshold: -500,
    graylistThreshold: GRAYLIST_SCORE,
    acceptPXThreshold: 100,
    opportunisticGraftThreshold: 5,
  },
})

/** Gossipsub as measured best for small signed messages in small networks. */
export const gossipSettings = (settings: GossipSettings): Partial<GossipsubOpts> => ({
  // The author is proven by the signature inside the message.
  globalSignaturePolicy: StrictNoSign,
  msgIdFn: (message) => digestOf('sha256', message).subarray(0, MESSAGE_ID_BYTES),
  // Without it each duplicate is validated again. It must cover what the id covers.
  fastMsgIdFn: (message) =>
    createHash('sha1')
      .update(message.topic ?? '')
      .update('\0')
      .update(message.data ?? new Uint8Array())
      .digest('binary'),
  floodPublish: false,
  // An agent behind a relay takes part like any other.
  runOnLimitedConnection: true,
  batchPublish: true,
  allowPublishToZeroTopicPeers: true,
  ignoreDuplicatePublishError: true,
  D: 4,
  Dlo: 3,
  Dhi: 6,
  Dlazy: 4,
  allowedTopics: GOSSIP_TOPICS.map((topic) => topicName(settings.network, topic)),
  // Outbound messages are checked against a far lower limit: one over this makes a link deaf for good.
  maxInboundDataLength: 64 * 1024,
  maxOutboundBufferSize: 16 << 20,
  maxTopicBytesPerPeer: 64 * 1024,
  decodeRpcLimits: {
    maxSubscriptions: 64,
    maxMessages: 256,
    maxIhaveMessageIDs: 1_000,
    maxIwantMessageIDs: 1_000,
    maxIdontwantMessageIDs: 512,
    maxControlMessages: 64,
    maxPeerInfos: 16,
  },
  ...scoring(settings),
})

// What the node needs of the world, as types only. Adapters implement these; steps ask for the few they use.
export type {
  CallTerms,
  Chain,
  ChainCall,
  ChainEvent,
  ChainIdentity,
  ChannelClaim,
  ChannelStatus,
  CoopCloseProof,
  FeeLevel,
  FeeOrder,
  OnChainChannel,
  PreparedTransaction,
  RebaseProof,
  TowerClaim,
  TransactionOutcome,
} from './chain.ts'
export type { Chance } from './chance.ts'
export type { Clock } from './clock.ts'
export type { Content } from './content.ts'
export type { Gossip, GossipHandler, GossipTopic } from './gossip.ts'
export type { Log } from './log.ts'
export type { Network, PeerView } from './network.ts'
export type * from './sandbox.ts'
export type { Signer } from './signer.ts'
export type { Collection, KeyRange, RecordKind, Store, Write } from './store.ts'
export type { Remote, Talk, TalkHandler, TalkProtocol, TalkRequest } from './talk.ts'

// The peer-to-peer network on libp2p: gossip, requests between agents, content by hash. Knows nothing of markets or money.
export { type BlobStore, createBlobStore } from './blobs.ts'
export type { Libp2pDeps, Libp2pOptions, NetworkLimits } from './core.ts'
export { peerIdOfSeed } from './identity.ts'
export { createLibp2pNode, type Libp2pNode } from './node.ts'

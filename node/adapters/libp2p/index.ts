// The peer-to-peer network on libp2p: gossip, requests between agents, content by hash. Knows nothing of markets or money.
export { type BlobStore, createBlobStore } from './blobs.ts'
export { peerIdOfSeed } from './identity.ts'
export { createLibp2pNode, type Libp2pNode } from './node.ts'
export type { Libp2pOptions } from './options.ts'

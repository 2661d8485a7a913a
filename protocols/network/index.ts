// What two nodes say to one another below the market: frames, proofs of identity, content ids and limits. Moves no bytes itself.
export {
  type ChunkList,
  chunkSize,
  chunksOf,
  cidOfHash,
  describeContent,
  hashOfCid,
  isContentOf,
  readChunkList,
  readCid,
  requireCid,
  type Sha256,
  sameBytes,
} from './content-id.ts'
export {
  diagnoseNetwork,
  type NetworkProblem,
  type NetworkSight,
  type Reachability,
  reachabilityOf,
} from './diagnose.ts'
export type { NetworkFault } from './faults.ts'
export { createFrameReader, type FrameReader } from './frame-reader.ts'
export { type Frame, type HelloFrame, prefixFrame, readFrame, writeFrame } from './frames.ts'
export {
  CHUNK_BYTES,
  MAX_CONTENT_BYTES,
  MAX_FRAME_BYTES,
  MAX_GOSSIP_BYTES,
  REQUEST_TIMEOUT_MS,
} from './limits.ts'
export {
  BINDING_CODEC,
  BINDING_DOMAIN,
  decodeBinding,
  encodeBinding,
  judgeBinding,
  judgeHello,
  MAX_BINDING_SECONDS,
  PROTOCOL_VERSION,
  replacesRecord,
} from './peer-binding.ts'
export {
  decodeTransferReply,
  decodeTransferRequest,
  encodeTransferReply,
  encodeTransferRequest,
  type TransferReply,
  type TransferRequest,
} from './transfer.ts'

/** A gossip message, in bytes: the same on every node, or links between honest nodes go deaf. */
export const MAX_GOSSIP_BYTES = 2_048
/** One frame of a stream without its length prefix, in bytes. */
export const MAX_FRAME_BYTES = 65_536
/** One piece of content; what is larger is a list of such pieces, in bytes. */
export const CHUNK_BYTES = 262_144
/** The most pieces that one content may have. */
export const MAX_CHUNKS = 1_024
/** The largest content, in bytes. */
export const MAX_CONTENT_BYTES = CHUNK_BYTES * MAX_CHUNKS
/** How long an answer may take unless the asker says otherwise, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 10_000

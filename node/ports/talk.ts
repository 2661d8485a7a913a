import type { Address, CborValue, PeerId } from '../../protocols/common/index.ts'

export type TalkProtocol = '/souk/deal/1' | '/souk/channel/1' | '/souk/tower/1'

/** Who is at the other end, proven by the peer binding in the stream's first frame. */
export type Remote = { agent: Address; peerId: PeerId }

export type TalkRequest = { protocol: TalkProtocol; type: string; body: CborValue }

/** Answers one request; a thrown Fault reaches the asker with its code and message, anything else as INTERNAL. */
export type TalkHandler = (body: CborValue, from: Remote) => Promise<CborValue>

/** Direct requests between agents: one long-lived stream per peer and protocol, multiplexed by id, frames of at most 64 KiB. */
export type Talk = {
  /** Throws Fault PEER_UNREACHABLE, REQUEST_TIMEOUT, or the fault that the other side answered (details.remote is true). */
  request(
    agent: Address,
    request: TalkRequest,
    options?: { timeoutMs?: number; signal?: AbortSignal },
  ): Promise<CborValue>
  serve(protocol: TalkProtocol, type: string, handler: TalkHandler): void
  /** Called each time an agent becomes reachable (after its binding was verified). Returns the unsubscriber. */
  onConnected(listener: (remote: Remote) => void): () => void
  onDisconnected(listener: (remote: Remote) => void): () => void
}

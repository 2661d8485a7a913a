import { createHash } from 'node:crypto'
import type {
  GossipHandler,
  GossipTopic,
  Remote,
  TalkHandler,
  TalkRequest,
} from '../../node/ports/index.ts'
import type { Address, Cid } from '../../protocols/common/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import type { NetworkFault } from '../../protocols/network/index.ts'

/** One request on its way, as an interceptor sees it. */
export type MemoryRequest = TalkRequest & { from: Address; to: Address }
/** What becomes of it: `lose-answer` means that the handler ran and nobody heard. */
export type MemoryFate = 'deliver' | 'lose-request' | 'lose-answer'

export type Member = {
  remote: Remote
  isConnected: boolean
  topics: Map<GossipTopic, GossipHandler>
  seen: Set<string>
  handlers: Map<string, TalkHandler>
  blobs: Map<Cid, Uint8Array>
  onConnected: Set<(remote: Remote) => void>
  onDisconnected: Set<(remote: Remote) => void>
  /** Aborted whenever the node is cut off. */
  session: AbortController
}

export type World = {
  members: Map<Address, Member>
  judge: ((request: MemoryRequest) => MemoryFate) | null
  track<T>(work: Promise<T>): Promise<T>
  settled(): Promise<void>
}

export const fault = (code: NetworkFault, message: string, details: Record<string, unknown> = {}) =>
  new Fault<NetworkFault>(code, message, details)
export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

export const createWorld = (): World => {
  const underWay = new Set<Promise<void>>()
  return {
    members: new Map(),
    judge: null,
    track: (work) => {
      const forget = () => {
        underWay.delete(settled)
      }
      const settled: Promise<void> = work.then(forget, forget)
      underWay.add(settled)
      return work
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}

export const othersOf = (world: World, self: Member): Member[] =>
  self.isConnected
    ? [...world.members.values()].filter((member) => member !== self && member.isConnected)
    : []

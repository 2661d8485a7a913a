import type {
  Digester,
  PeerBinding,
  PeerId,
  RecoverSigner,
  Signed,
  UnixSeconds,
  Verdict,
} from '../common/index.ts'
import { accept, decodeSigned, encodeSigned, ignore, reject } from '../common/index.ts'
import type { NetworkFault } from './faults.ts'
import type { HelloFrame } from './frames.ts'

/** The version of the frames in this folder. */
export const PROTOCOL_VERSION = 1
/** The signing domain of the libp2p envelope around a peer binding. */
export const BINDING_DOMAIN = 'souk-peer-binding'
/** The payload type of that envelope: "/souk/peer-binding". */
export const BINDING_CODEC = new TextEncoder().encode('/souk/peer-binding')
/** How long a binding may be valid, in seconds: 30 days. */
export const MAX_BINDING_SECONDS = 30 * 86_400

/** A binding as it travels: the agent's signature inside, the peer's envelope around. */
export type SealedBinding = {
  signed: Signed<'PeerBinding'>
  /** Whose key sealed the envelope. */
  sealedBy: PeerId
}

export type BindingContext = {
  now: UnixSeconds
  digest: Digester
  recover: RecoverSigner
  /** The newest binding known of this agent, if any. */
  known: PeerBinding | null
}

type Judged = Verdict<NetworkFault>

/** Whether this hello opens a stream between nodes that can talk at all. */
export const judgeHello = (
  hello: Pick<HelloFrame, 'version' | 'network'>,
  network: string,
): Judged => {
  if (hello.version !== PROTOCOL_VERSION) return ignore('WRONG_VERSION')
  if (hello.network !== network) return ignore('WRONG_NETWORK')
  return accept
}

/** Whether peer and agent are who they say they are, both proven by signature. */
export const judgeBinding = (
  { signed: { message, signature }, sealedBy }: SealedBinding,
  { now, digest, recover, known }: BindingContext,
): Judged => {
  if (message.peerId !== sealedBy) return reject('BINDING_INVALID')
  if (message.validUntil <= now) return ignore('BINDING_EXPIRED')
  // Clocks differ: a day more than the longest honest term.
  if (message.validUntil > now + MAX_BINDING_SECONDS + 86_400) return reject('BINDING_INVALID')
  if (known && known.peerId !== message.peerId && known.seq >= message.seq) {
    return ignore('BINDING_OUTDATED')
  }
  if (recover(digest('PeerBinding', message), signature) !== message.agent) {
    return reject('BINDING_INVALID')
  }
  return accept
}

/** Whether a record may replace the stored one: a lower `seq` never does. */
export const replacesRecord = (next: PeerBinding, stored: PeerBinding | null): boolean =>
  stored === null || next.seq >= stored.seq

/** The payload of a binding's envelope. */
export const encodeBinding = (signed: Signed<'PeerBinding'>): Uint8Array =>
  encodeSigned('PeerBinding', signed)

/** The binding in an envelope's payload; null when malformed. */
export const decodeBinding = (bytes: Uint8Array): Signed<'PeerBinding'> | null =>
  decodeSigned('PeerBinding', bytes)

import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromPublicKey } from '@libp2p/peer-id'
import { RecordEnvelope } from '@libp2p/peer-record'
import type {
  Digester,
  PeerBinding,
  PeerId,
  RecoverSigner,
} from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import {
  BINDING_CODEC,
  BINDING_DOMAIN,
  decodeBinding,
  encodeBinding,
  judgeBinding,
  MAX_BINDING_SECONDS,
  type NetworkFault,
  sameBytes,
} from '../../../protocols/network/index.ts'
import type { Clock, Signer } from '../../ports/index.ts'

const MAX_ENVELOPE_BYTES = 1_024
const RENEW_AFTER_MS = 86_400_000

/** The libp2p key of a 32-byte Ed25519 seed. */
export const peerKeyFromSeed = (seed: Uint8Array): Promise<Ed25519PrivateKey> =>
  generateKeyPairFromSeed('Ed25519', seed)

/** The peer id of a 32-byte Ed25519 seed. */
export const peerIdOfSeed = async (seed: Uint8Array): Promise<PeerId> =>
  peerIdFromPrivateKey(await peerKeyFromSeed(seed)).toString()

/** This node's proof of who it is. */
export type Identity = {
  /** The sealed binding as it travels, renewed daily. */
  envelope(): Promise<Uint8Array>
}

export type IdentityDeps = {
  signer: Signer
  digest: Digester
  clock: Clock
  privateKey: Ed25519PrivateKey
}

const seal = async ({ signer, digest, clock, privateKey }: IdentityDeps) => {
  const message: PeerBinding = {
    agent: signer.address,
    peerId: peerIdFromPrivateKey(privateKey).toString(),
    seq: BigInt(clock.nowMs()),
    validUntil: clock.now() + MAX_BINDING_SECONDS,
  }
  const payload = encodeBinding({ message, signature: signer.sign(digest('PeerBinding', message)) })
  const record = {
    domain: BINDING_DOMAIN,
    codec: BINDING_CODEC,
    marshal: () => payload,
    equals: () => false,
  }
  return (await RecordEnvelope.seal(record, privateKey)).marshal()
}

export const createIdentity = (deps: IdentityDeps): Identity => {
  let current: { sealed: Promise<Uint8Array>; atMs: number } | null = null
  return {
    envelope: () => {
      const nowMs = deps.clock.nowMs()
      if (!current || nowMs - current.atMs > RENEW_AFTER_MS) {
        current = { sealed: seal(deps), atMs: nowMs }
      }
      return current.sealed
    },
  }
}

export type EnvelopeJudge = {
  digest: Digester
  recover: RecoverSigner
  clock: Clock
  known: (agent: PeerBinding['agent']) => PeerBinding | null
}

const invalid = (cause?: unknown) =>
  new Fault<NetworkFault>('BINDING_INVALID', 'Not a sealed peer binding', { cause })

/** The binding in an envelope, proven by both its signatures. Throws Fault BINDING_INVALID, _EXPIRED or _OUTDATED. */
export const openBinding = async (
  envelope: Uint8Array,
  { digest, recover, clock, known }: EnvelopeJudge,
): Promise<PeerBinding> => {
  if (envelope.length > MAX_ENVELOPE_BYTES) throw invalid()
  const opened = await RecordEnvelope.openAndCertify(envelope, BINDING_DOMAIN).catch((error) => {
    throw invalid(error)
  })
  const signed = decodeBinding(opened.payload)
  if (!signed || !sameBytes(opened.payloadType, BINDING_CODEC)) throw invalid()
  const verdict = judgeBinding(
    { signed, sealedBy: peerIdFromPublicKey(opened.publicKey).toString() },
    { now: clock.now(), digest, recover, known: known(signed.message.agent) },
  )
  if (verdict.action !== 'accept') {
    throw new Fault<NetworkFault>(verdict.code, 'The peer binding was refused')
  }
  return signed.message
}

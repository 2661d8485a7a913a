import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { z } from 'zod'
import { Fault } from '../../../protocols/common/index.ts'
import type { Chance } from '../../ports/index.ts'
import type { SystemFault } from './faults.ts'

// The peer key is sealed under the agent key, not under the passphrase: a second scrypt would double the node's start, and
// the agent key is already 256 bits strong. It is stored rather than derived so that it can be replaced without a new agent.

const base64 = (bytes: number) =>
  z
    .base64()
    .transform((text) => Uint8Array.from(Buffer.from(text, 'base64')))
    .refine((value) => value.length === bytes)
const PeerKeyFile = z.strictObject({
  version: z.literal(1),
  cipher: z.literal('aes-256-gcm'),
  nonce: base64(12),
  sealed: base64(32),
  tag: base64(16),
})

const sealingKey = (agentKey: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', agentKey, new Uint8Array(), 'souk peer key 1', 32))

/** Seals a 32-byte Ed25519 seed under the agent's private key (JSON text). */
export const sealPeerKey = (seed: Uint8Array, agentKey: Uint8Array, chance: Chance): string => {
  const nonce = chance.bytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealingKey(agentKey), nonce)
  const sealed = Buffer.concat([cipher.update(seed), cipher.final()])
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const file = {
    version: 1,
    cipher: 'aes-256-gcm',
    nonce: text(nonce),
    sealed: text(sealed),
    tag: text(cipher.getAuthTag()),
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

const invalid = (cause: unknown) =>
  new Fault<SystemFault>(
    'KEYSTORE_INVALID',
    'The peer key is damaged or belongs to another agent; move it away and a new one is made',
    { cause },
  )

/** The Ed25519 seed that `sealPeerKey` sealed. Throws Fault KEYSTORE_INVALID. */
export const openPeerKey = (text: string, agentKey: Uint8Array): Uint8Array => {
  try {
    const { nonce, sealed, tag } = PeerKeyFile.parse(JSON.parse(text))
    const decipher = createDecipheriv('aes-256-gcm', sealingKey(agentKey), nonce)
    decipher.setAuthTag(tag)
    return Uint8Array.from(Buffer.concat([decipher.update(sealed), decipher.final()]))
  } catch (cause) {
    throw invalid(cause)
  }
}

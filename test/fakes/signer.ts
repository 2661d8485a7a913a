import { createHash } from 'node:crypto'
import { createSigner, recoverSigner } from '../../node/adapters/system/index.ts'
import type { Signer } from '../../node/ports/index.ts'

export { recoverSigner }

/** The 32-byte private key of a named test agent. */
export const testPrivateKey = (name: string): Uint8Array =>
  createHash('sha256').update(`souk test agent ${name}`).digest()

/** The same name is always the same agent. */
export const createTestSigner = (name: string): Signer => createSigner(testPrivateKey(name))

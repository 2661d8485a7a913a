import { join } from 'node:path'
import { ed25519 } from '@noble/curves/ed25519.js'
import { type Address, Fault } from '../../../protocols/common/index.ts'
import type { Chance } from '../../ports/index.ts'
import { createSystemChance } from './chance.ts'
import type { SystemFault } from './faults.ts'
import { createKeystore, openKeystore } from './keystore.ts'
import { openPeerKey, sealPeerKey } from './peer-key.ts'
import { createPrivateFile, readPrivateFile } from './private-file.ts'
import { curve } from './secp256k1.ts'
import { createSigner } from './signer.ts'

/** Who this node is: the agent (secp256k1, signs and pays) and the peer (Ed25519, connects). Public keys as did:key wants them. */
export type Identity = {
  agent: { address: Address; privateKey: Uint8Array; publicKey: Uint8Array }
  peer: { seed: Uint8Array; publicKey: Uint8Array }
  /** Whether the agent key was made just now. */
  isNew: boolean
}

export type IdentityOptions = {
  folder: string
  passphrase: string
  /** Path of the agent's keystore; `keystore.json` in the folder unless given. */
  keystore?: string
  /** `false`: Fault KEYSTORE_MISSING instead of a new agent. */
  canCreate?: boolean
  /** Base-2 logarithm of scrypt's cost for a new keystore. */
  logN?: number
  chance?: Chance
}

const newPrivateKey = (chance: Chance): Uint8Array => {
  for (;;) {
    const key = chance.bytes(32)
    if (curve.isPrivateKey(key)) return key
  }
}

const compress = (publicKey: Uint8Array): Uint8Array => {
  const isOdd = ((publicKey[64] as number) & 1) === 1
  return new Uint8Array([isOdd ? 3 : 2, ...publicKey.subarray(1, 33)])
}

/** Where a folder's identity is kept. */
const identityFiles = ({ folder, keystore }: { folder: string; keystore?: string }) => ({
  keystore: keystore ?? join(folder, 'keystore.json'),
  peerKey: join(folder, 'peer-key.json'),
})

const missing = (path: string) =>
  new Fault<SystemFault>('KEYSTORE_MISSING', `No key at ${path}; run \`souk init\``, { path })

/** Opens the identity in a data folder, and makes one where there is none. Throws Fault WRONG_PASSPHRASE, KEYSTORE_INVALID, KEYSTORE_MISSING or PASSPHRASE_EMPTY. */
export const loadOrCreateIdentity = async (options: IdentityOptions): Promise<Identity> => {
  const { passphrase, canCreate = true, logN = 17, chance = createSystemChance() } = options
  const files = identityFiles(options)
  const keystore = await readPrivateFile(files.keystore)
  if (keystore === null && !canCreate) throw missing(files.keystore)
  const privateKey =
    keystore === null ? newPrivateKey(chance) : await openKeystore(keystore, passphrase)
  if (keystore === null) {
    const text = await createKeystore(privateKey, passphrase, { logN, chance })
    await createPrivateFile(files.keystore, text)
  }
  const peerKey = await readPrivateFile(files.peerKey)
  const seed = peerKey === null ? chance.bytes(32) : openPeerKey(peerKey, privateKey)
  if (peerKey === null) {
    await createPrivateFile(files.peerKey, sealPeerKey(seed, privateKey, chance))
  }
  const { address } = createSigner(privateKey)
  const publicKey = compress(curve.publicKey(privateKey))
  return {
    agent: { address, privateKey, publicKey },
    peer: { seed, publicKey: ed25519.getPublicKey(seed) },
    isNew: keystore === null,
  }
}

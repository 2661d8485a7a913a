import { createKeccak } from 'hash-wasm'

const hasher = await createKeccak(256)

/** Keccak-256 of the bytes: 32 bytes. */
export const keccak256 = (bytes: Uint8Array): Uint8Array =>
  hasher.init().update(bytes).digest('binary')

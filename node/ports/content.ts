import type { Address, Cid } from '../../protocols/common/index.ts'

/** Bytes by their hash, kept on this machine and fetched from others chunk by verified chunk. */
export type Content = {
  put(bytes: Uint8Array): Promise<Cid>
  has(cid: Cid): Promise<boolean>
  /** Throws Fault CONTENT_UNAVAILABLE, CONTENT_TOO_LARGE (over maxBytes, found before download) or CONTENT_CORRUPT. */
  get(
    cid: Cid,
    options: { from?: readonly Address[]; maxBytes: number; signal?: AbortSignal },
  ): Promise<Uint8Array>
}

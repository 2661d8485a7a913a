import type { Address, Cid } from '../../protocols/common/index.ts'

/** Bytes by their hash, kept on this machine and fetched from others chunk by verified chunk. */
export type Content = {
  /** Throws Fault CONTENT_STORE_FULL where all that is kept is needed. */
  put(bytes: Uint8Array): Promise<Cid>
  has(cid: Cid): Promise<boolean>
  /** Throws Fault CONTENT_UNAVAILABLE, CONTENT_TOO_LARGE (over maxBytes, found before download), CONTENT_CORRUPT or CONTENT_STORE_FULL. */
  get(
    cid: Cid,
    options: { from?: readonly Address[]; maxBytes: number; signal?: AbortSignal },
  ): Promise<Uint8Array>
  /**
   * Keeps content, here already or yet to come, for as long as its holder needs it, across restarts: what nobody pinned goes
   * when the disk share is full. A holder is named by letters, digits, `_` and `-`; its pins add up.
   */
  pin(by: string, cids: readonly Cid[]): Promise<void>
  /** The holder needs none of its content any more. */
  unpin(by: string): Promise<void>
}

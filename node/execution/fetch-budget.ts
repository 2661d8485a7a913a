import type { Address, Cid } from '../../protocols/common/index.ts'
import type { Content } from '../ports/index.ts'

export type FetchOptions = { from: Address; maxBytes: number; signal?: AbortSignal | undefined }

/** Fetches one content after another, all together at most `maxBytes`; `atMost` bounds one more tightly. */
export type FetchBudget = (cid: Cid, atMost?: number) => Promise<Uint8Array>

export const createFetchBudget = (
  content: Pick<Content, 'get'>,
  { from, maxBytes, signal }: FetchOptions,
): FetchBudget => {
  let left = maxBytes
  return async (cid, atMost = left) => {
    const options = { from: [from], maxBytes: Math.min(left, atMost) }
    const bytes = await content.get(cid, signal ? { ...options, signal } : options)
    left -= bytes.length
    return bytes
  }
}

/** Fetches the files of a manifest one after another. */
export const fetchFiles = async (
  fetch: FetchBudget,
  files: Readonly<Record<string, Cid>>,
): Promise<Map<string, Uint8Array>> => {
  const fetched = new Map<string, Uint8Array>()
  for (const [path, cid] of Object.entries(files)) fetched.set(path, await fetch(cid))
  return fetched
}

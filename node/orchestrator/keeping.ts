import type { Cid, Hash } from '../../protocols/common/index.ts'
import {
  decodeManifest,
  MAX_MANIFEST_BYTES,
  type ResultManifest,
  type TaskManifest,
} from '../../protocols/execution/index.ts'
import { cidOfHash } from '../../protocols/network/index.ts'
import type { Content } from '../ports/index.ts'

/** What one task or sale needs of the node's disk. */
export type Need = {
  /** Names the task or sale among all of this node. */
  by: string
  taskHash: Hash
  result: ResultManifest | null
  isOver: boolean
}

/** Keeps the content of what is under way, and lets it go afterwards. Resolves once that is on disk. */
export type Keep = (need: Need) => Promise<void>

const partsOfTask = ({ module, stdin, files }: TaskManifest): Cid[] => [
  module,
  ...(stdin === null ? [] : [stdin]),
  ...Object.values(files),
]

const partsOfResult = ({ stdout, stderr, files }: ResultManifest): Cid[] => [
  stdout,
  stderr,
  ...Object.values(files),
]

export const createKeep =
  (content: Pick<Content, 'has' | 'get' | 'pin' | 'unpin'>): Keep =>
  async ({ by, taskHash, result, isOver }) => {
    if (isOver) return content.unpin(by)
    const cid = cidOfHash(taskHash)
    // Never fetched from others: a task that is not here yet is pinned by name.
    const manifest = (await content.has(cid))
      ? decodeManifest(await content.get(cid, { maxBytes: MAX_MANIFEST_BYTES }))
      : null
    await content.pin(by, [
      cid,
      ...(manifest ? partsOfTask(manifest) : []),
      ...(result ? partsOfResult(result) : []),
    ])
  }

/**
 * Commits a record with what it needs, null where that is as before: kept before anything is promised, let go once nothing is
 * any more. A node that stopped in between makes up for it with the records that it reads at its start.
 */
export const commitKept = async (
  keep: Keep,
  need: Need | null,
  commit: () => Promise<void>,
): Promise<void> => {
  if (need && !need.isOver) await keep(need)
  await commit()
  if (need?.isOver) await keep(need)
}

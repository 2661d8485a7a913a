import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cid } from '../../../protocols/common/index.ts'
import { readCid } from '../../../protocols/network/index.ts'
import { namesIn, readOrNull, writeAtomically } from './blob-files.ts'

/** Content that must stay, by who needs it: a file for each of them, gone with the last need. */
export type Pins = {
  pin(by: string, cids: readonly Cid[]): Promise<void>
  unpin(by: string): Promise<void>
  all(): ReadonlySet<Cid>
}

const HOLDER = /^[\w-]{1,128}$/

const requireHolder = (by: string): string => {
  if (HOLDER.test(by)) return by
  throw new TypeError('A holder of content is named by letters, digits, _ and -')
}

const readCids = (bytes: Uint8Array): Cid[] => {
  const lines = new TextDecoder().decode(bytes).split('\n')
  return lines.filter((line) => readCid(line) !== null)
}

/** The pins in a folder; what is resolved is on disk. */
export const openPins = async (folder: string): Promise<Pins> => {
  const held = new Map<string, Set<Cid>>()
  for (const by of (await namesIn(folder)).filter((name) => HOLDER.test(name))) {
    const bytes = await readOrNull(join(folder, by))
    if (bytes) held.set(by, new Set(readCids(bytes)))
  }
  return {
    pin: async (by, cids) => {
      const before = held.get(requireHolder(by)) ?? new Set()
      const after = new Set([...before, ...cids])
      if (after.size === before.size) return
      // In memory first: what is being pinned may not go while the disk is busy.
      held.set(by, after)
      await writeAtomically(join(folder, by), Buffer.from([...after].join('\n')))
    },
    unpin: async (by) => {
      if (!held.delete(requireHolder(by))) return
      await rm(join(folder, by), { force: true })
    },
    all: () => new Set([...held.values()].flatMap((cids) => [...cids])),
  }
}

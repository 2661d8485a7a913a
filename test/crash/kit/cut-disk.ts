import { readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'

/** Lengths of the files that a database only appends to. */
export type Lengths = ReadonlyMap<string, number>

const isLog = (name: string): boolean => name.endsWith('.log')

/** What has been written so far, synced or not. */
export const lengthsOf = async (folder: string): Promise<Lengths> => {
  const names = (await readdir(folder)).filter(isLog)
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name))))
  return new Map(names.map((name, at) => [name, sizes[at]?.size ?? 0]))
}

/** What has reached the disk for sure, of two looks that may have come in the wrong order. */
export const furthest = (one: Lengths, other: Lengths): Lengths => {
  const lengths = new Map(one)
  for (const [name, length] of other) {
    lengths.set(name, Math.max(length, lengths.get(name) ?? 0))
  }
  return lengths
}

/**
 * Takes back what was written and never synced, as a power cut would: all of it, or all but a torn part. The database must be closed.
 * `keep` is the share of the unsynced bytes that happened to reach the disk, less than 1.
 */
export const cutUnsynced = async (folder: string, synced: Lengths, keep: number): Promise<void> => {
  for (const [name, length] of await lengthsOf(folder)) {
    const kept = synced.get(name) ?? 0
    if (length > kept) await truncate(join(folder, name), kept + Math.floor((length - kept) * keep))
  }
}

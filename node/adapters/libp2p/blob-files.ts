import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Sha256 } from '../../../protocols/network/index.ts'

/** Native SHA-256. */
export const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest()

const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

const unless =
  <T>(value: T) =>
  (error: unknown): T => {
    if (errorCode(error) === 'ENOENT') return value
    throw error
  }

/** The bytes of a file; null where there is none. */
export const readOrNull = (path: string): Promise<Uint8Array | null> =>
  readFile(path).catch(unless(null))

/** The names in a folder; none where there is no folder. */
export const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch(unless<string[]>([]))

const syncFolder = async (folder: string): Promise<void> => {
  // Windows cannot open folders, and needs no such sync.
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => {})
  await handle?.close()
}

/** Syncs a file written before, and the folder that names it; one that is gone meanwhile is nobody's loss. */
export const syncFile = async (path: string): Promise<void> => {
  const file = await open(path, 'r+').catch(unless(null))
  await file?.sync().finally(() => file.close())
  await syncFolder(dirname(path))
}

/** A new file; its folder is made only where it is missing. */
const create = async (path: string): Promise<FileHandle> => {
  const file = await open(path, 'wx', 0o600).catch(unless(null))
  if (file) return file
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return open(path, 'wx', 0o600)
}

/** Writes a file that is whole or not there, and synced once this resolves unless it can be had again. */
export const writeAtomically = async (
  path: string,
  bytes: Uint8Array,
  { sync = true }: { sync?: boolean } = {},
): Promise<void> => {
  const folder = dirname(path)
  const temporary = join(folder, `.${randomUUID()}`)
  try {
    const file = await create(temporary)
    try {
      await file.writeFile(bytes)
      if (sync) await file.sync()
    } finally {
      await file.close()
    }
    // A rename is atomic, so a reader finds the whole file or none; the folder is synced so that the name survives too.
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  if (sync) await syncFolder(folder)
}

const PLACE = /^[a-z0-9]{2}$/

/** Where content of this name lies; the last letters vary most. */
export const placeOf = (folder: string, name: string): string => join(folder, name.slice(-2), name)

/** Everything kept under a folder, oldest first. Half-written files of an earlier run are removed. */
export const listKept = async (folder: string): Promise<[name: string, size: number][]> => {
  const kept: { name: string; size: number; at: number }[] = []
  for (const place of (await namesIn(folder)).filter((name) => PLACE.test(name))) {
    for (const name of await namesIn(join(folder, place))) {
      const path = join(folder, place, name)
      if (name.startsWith('.')) await rm(path, { force: true })
      else {
        const { size, mtimeMs } = await stat(path)
        kept.push({ name, size, at: mtimeMs })
      }
    }
  }
  return kept.sort((one, other) => one.at - other.at).map(({ name, size }) => [name, size])
}

import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../../ports/index.ts'
import { type CachedModule, type Digest, decodeEntry, encodeEntry } from './entry.ts'

export type DiskOptions = { folder: string; maxBytes: number }
export type DiskDeps = { digest: Digest; log: Pick<Log, 'warn'> }

/** Modules on disk, the ones used longest ago given up first. A disk that fails costs time, never a task. */
export type Disk = {
  open(): Promise<void>
  get(key: string): Promise<CachedModule | null>
  put(key: string, module: CachedModule): Promise<void>
}

const EXTENSION = '.metered'

const listFolder = async (folder: string): Promise<Map<string, number>> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = await readdir(folder)
  // What a crash left half written.
  for (const name of names.filter((name) => !name.endsWith(EXTENSION))) {
    await rm(join(folder, name), { force: true, recursive: true })
  }
  const found = names.filter((name) => name.endsWith(EXTENSION))
  const files = await Promise.all(
    found.map(async (name) => ({ name, ...(await stat(join(folder, name))) })),
  )
  files.sort((one, other) => one.mtimeMs - other.mtimeMs)
  return new Map(files.map(({ name, size }) => [name.slice(0, -EXTENSION.length), size]))
}

export const createDisk = ({ digest, log }: DiskDeps, { folder, maxBytes }: DiskOptions): Disk => {
  /** Sizes of files by key, the one used last at the end. */
  let sizes = new Map<string, number>()
  const pathOf = (key: string) => join(folder, `${key}${EXTENSION}`)

  const forget = async (key: string): Promise<void> => {
    sizes.delete(key)
    await rm(pathOf(key), { force: true })
  }
  const evict = async (): Promise<void> => {
    let total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    for (const [key, size] of [...sizes]) {
      if (total <= maxBytes) return
      total -= size
      await forget(key)
    }
  }
  const touch = async (key: string, size: number): Promise<void> => {
    sizes.delete(key)
    sizes.set(key, size)
    const now = new Date()
    await utimes(pathOf(key), now, now)
  }
  const tolerant = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      log.warn({ error: String(error) }, 'the folder of metered modules does not work')
      return otherwise
    }
  }

  const read = async (key: string): Promise<CachedModule | null> => {
    if (!sizes.has(key)) return null
    const bytes = await readFile(pathOf(key)).catch(() => new Uint8Array(0))
    const found = await decodeEntry(key, bytes, digest)
    if (found) await touch(key, bytes.length)
    else await forget(key)
    return found
  }
  const write = async (key: string, module: CachedModule): Promise<void> => {
    const bytes = await encodeEntry(key, module, digest)
    if (bytes.length > maxBytes) return
    const draft = join(folder, randomUUID())
    await writeFile(draft, bytes, { mode: 0o600 })
    await rename(draft, pathOf(key))
    sizes.delete(key)
    sizes.set(key, bytes.length)
    await evict()
  }

  return {
    open: () =>
      tolerant(async () => {
        sizes = await listFolder(folder)
        await evict()
      }, undefined),
    get: (key) => tolerant(() => read(key), null),
    put: (key, module) => tolerant(() => write(key, module), undefined),
  }
}

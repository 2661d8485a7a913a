// The cache of what was fetched: archives by name and hash, folders unpacked from them. A folder that is there is complete.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Git-ignored; may be removed at any time. */
export const CACHE = join(import.meta.dirname, '..', '..', '..', '.cache', 'wasm')
export const ARCHIVES = join(CACHE, 'archives')

/** SHA-256 of a file in hex, or null where there is none. */
export const hashOfFile = async (path: string): Promise<string | null> => {
  if (!existsSync(path)) return null
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** SHA-256 of texts in hex, short enough for a folder's name. */
export const nameOfInputs = (inputs: readonly string[]): string =>
  createHash('sha256').update(inputs.join('\n')).digest('hex').slice(0, 16)

/** A folder of the cache, made by `fill` where it is not there: all of it or nothing, also with two processes at it. */
export const cachedFolder = async (
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> => {
  const target = join(CACHE, name)
  if (existsSync(target)) return target
  await mkdir(CACHE, { recursive: true })
  const draft = await mkdtemp(join(CACHE, 'draft-'))
  try {
    await fill(draft)
    await rename(draft, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error
    })
    return target
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

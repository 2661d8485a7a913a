import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Cid } from '../../../protocols/common/index.ts'
import { Fault, toHex } from '../../../protocols/common/index.ts'
import {
  CHUNK_BYTES,
  type ChunkList,
  chunksOf,
  cidOfHash,
  describeContent,
  isContentOf,
  type NetworkFault,
  readChunkList,
  requireCid,
  type Sha256,
  sameBytes,
} from '../../../protocols/network/index.ts'

const WRITES_AT_A_TIME = 8

/** Native SHA-256. */
export const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest()

/** What is known of some content before its chunks are there. `list` is null where it is one chunk. */
export type Outline = { cid: Cid; size: number; list: ChunkList | null; encodedList: Uint8Array }

/** Content on this machine's disk: a file per chunk, a file per chunk list, each named by its CID. */
export type BlobStore = {
  /** Resolves once everything is synced to disk. */
  put(bytes: Uint8Array): Promise<Cid>
  /** Whether all of it is here, by name. */
  has(cid: Cid): Promise<boolean>
  /** The outline, as far as it is here and intact. */
  outline(cid: Cid): Promise<Outline | null>
  /** One chunk, verified; null where it is missing or was damaged (then it is dropped). */
  chunk(outline: Outline, index: number): Promise<Uint8Array | null>
  /** Keeps an outline whose list was verified. */
  keepOutline(outline: Outline): Promise<void>
  /** Keeps a chunk. Throws Fault CONTENT_CORRUPT unless it is the one named. */
  keepChunk(outline: Outline, index: number, bytes: Uint8Array): Promise<void>
}

const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

const readOrNull = async (path: string): Promise<Uint8Array | null> => {
  try {
    return await readFile(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const inGroups = async <T>(items: readonly T[], work: (item: T) => Promise<void>) => {
  for (let at = 0; at < items.length; at += WRITES_AT_A_TIME) {
    await Promise.all(items.slice(at, at + WRITES_AT_A_TIME).map(work))
  }
}

// A rename is atomic, so a reader finds the whole file or none; the folder is synced so that the name survives too.
const writeAtomically = async (path: string, bytes: Uint8Array): Promise<void> => {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = join(folder, `.${randomUUID()}`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

const syncFolder = async (folder: string): Promise<void> => {
  // Windows cannot open folders, and needs no such sync.
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => {})
  await handle?.close()
}

const chunkCid = ({ cid, list }: Outline, index: number): Cid =>
  list ? cidOfHash(toHex(list.chunks[index] as Uint8Array)) : cid

/** How many chunks an outline has. */
export const chunkCount = ({ list }: Outline): number => list?.chunks.length ?? 1

/** The outline of content that is one chunk. */
export const wholeOutline = (cid: Cid, size: number): Outline => ({
  cid,
  size,
  list: null,
  encodedList: new Uint8Array(),
})

/** The outline that an encoded chunk list gives, if it is the list that the CID names. */
export const listOutline = (cid: Cid, encodedList: Uint8Array): Outline | null => {
  if (!sameBytes(sha256(encodedList), requireCid(cid).digest)) return null
  const list = readChunkList(encodedList)
  return list && { cid, size: list.size, list, encodedList }
}

const isChunk = (outline: Outline, index: number, bytes: Uint8Array): boolean =>
  bytes.length <= CHUNK_BYTES && isContentOf(chunkCid(outline, index), bytes, sha256)

/** Content under `<folder>/xx/<cid>`. */
export const createBlobStore = ({ folder }: { folder: string }): BlobStore => {
  // The last letters vary most.
  const pathOf = (cid: Cid) => join(folder, cid.slice(-2), cid)
  const outline = async (cid: Cid): Promise<Outline | null> => {
    const isList = requireCid(cid).kind === 'list'
    const bytes = await readOrNull(pathOf(cid))
    if (!bytes) return null
    const found = isList ? listOutline(cid, bytes) : wholeOutline(cid, bytes.length)
    if (!found) await rm(pathOf(cid), { force: true })
    return found
  }
  const keepChunk: BlobStore['keepChunk'] = async (of, index, bytes) => {
    if (!isChunk(of, index, bytes)) {
      throw new Fault<NetworkFault>('CONTENT_CORRUPT', 'The bytes are not what the id names')
    }
    await writeAtomically(pathOf(chunkCid(of, index)), bytes)
  }
  const chunk: BlobStore['chunk'] = async (of, index) => {
    const path = pathOf(chunkCid(of, index))
    const bytes = await readOrNull(path)
    if (!bytes) return null
    if (isChunk(of, index, bytes)) return bytes
    await rm(path, { force: true })
    return null
  }
  const keepOutline: BlobStore['keepOutline'] = async ({ cid, list, encodedList }) => {
    if (list) await writeAtomically(pathOf(cid), encodedList)
  }
  const add = async (to: Outline, index: number, bytes: Uint8Array) => {
    // What is here and intact needs no second sync.
    if (!(await chunk(to, index))) await keepChunk(to, index, bytes)
  }
  return {
    put: async (bytes) => {
      const { cid, list } = describeContent(bytes, sha256)
      if (!list) {
        await add(wholeOutline(cid, bytes.length), 0, bytes)
        return cid
      }
      const made = listOutline(cid, list) as Outline
      await inGroups([...chunksOf(bytes).entries()], ([index, piece]) => add(made, index, piece))
      // The list comes last: where it is, its chunks are.
      await keepOutline(made)
      return cid
    },
    has: async (cid) => {
      const found = await outline(cid)
      if (!found?.list) return found !== null
      for (let index = 0; index < chunkCount(found); index += 1) {
        if (!(await exists(pathOf(chunkCid(found, index))))) return false
      }
      return true
    },
    outline,
    chunk,
    keepOutline,
    keepChunk,
  }
}

import { access, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cid } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import {
  chunksOf,
  describeContent,
  type NetworkFault,
  requireCid,
} from '../../../protocols/network/index.ts'
import { listKept, placeOf, readOrNull, sha256, syncFile, writeAtomically } from './blob-files.ts'
import {
  chunkCid,
  chunkCount,
  filesOf,
  isChunk,
  listOutline,
  type Outline,
  sizeOfChunk,
  wholeOutline,
} from './outline.ts'
import { openPins, type Pins } from './pins.ts'
import { createShelf, type Shelf } from './shelf.ts'

const WRITES_AT_A_TIME = 8

/** Content on this machine's disk: a file per chunk, a file per chunk list, each named by its CID. */
export type BlobStore = {
  /** Resolves once everything is synced to disk. Throws Fault CONTENT_STORE_FULL. */
  put(bytes: Uint8Array): Promise<Cid>
  /** Whether all of it is here, by name. */
  has(cid: Cid): Promise<boolean>
  /** The outline, as far as it is here and intact. */
  outline(cid: Cid): Promise<Outline | null>
  /** One chunk, verified; null where it is missing or was damaged (then it is dropped). */
  chunk(outline: Outline, index: number): Promise<Uint8Array | null>
  /** Keeps an outline whose list was verified. */
  keepOutline(outline: Outline): Promise<void>
  /** Keeps a chunk that came from others, not synced before `settle`. Throws Fault CONTENT_CORRUPT unless it is the one named. */
  keepChunk(outline: Outline, index: number, bytes: Uint8Array): Promise<void>
  /** Resolves once every chunk that was kept is synced to disk. */
  settle(outline: Outline): Promise<void>
  /** Makes room for some content, of which nothing is dropped until the answer is called. Throws Fault CONTENT_STORE_FULL. */
  hold(outline: Outline): Promise<() => void>
  /** Keeps content, here already or not, until `unpin` of the same holder, across restarts. */
  pin(by: string, cids: readonly Cid[]): Promise<void>
  unpin(by: string): Promise<void>
  /** Tells of each file that was dropped to make room. */
  onDropped(listener: (cid: Cid) => void): void
}

type State = {
  folder: string
  shelf: Shelf
  pins: Pins
  /** Content in work, with the bytes that are still to come. */
  held: Set<{ outline: Outline; awaited: number }>
  dropped: Set<(cid: Cid) => void>
}

type Written = { bytes: Uint8Array; sync: boolean }

type Opened = { state(): Promise<State>; folder: string }

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

const readOutline = async (folder: string, cid: Cid): Promise<Outline | null> => {
  const isList = requireCid(cid).kind === 'list'
  const bytes = await readOrNull(placeOf(folder, cid))
  if (!bytes) return null
  const found = isList ? listOutline(cid, bytes) : wholeOutline(cid, bytes.length)
  if (!found) await rm(placeOf(folder, cid), { force: true })
  return found
}

const protectedFiles = async ({ folder, pins, held }: State): Promise<Set<Cid>> => {
  const pinned = [...pins.all()]
  const outlines = await Promise.all(pinned.map((cid) => readOutline(folder, cid)))
  const inWork = [...held].map(({ outline }) => outline)
  const files = [...outlines.filter((outline) => outline !== null), ...inWork].flatMap(filesOf)
  return new Set([...pinned, ...files])
}

const makeRoom = async (state: State): Promise<void> => {
  const { folder, shelf, held, dropped } = state
  const incoming = [...held].reduce((sum, { awaited }) => sum + awaited, 0)
  // Reading every pinned list is worth it only where something has to go.
  if (shelf.excess(incoming, new Set()).length === 0) return
  for (const cid of shelf.excess(incoming, await protectedFiles(state))) {
    shelf.remove(cid)
    await rm(placeOf(folder, cid), { force: true })
    for (const listener of dropped) listener(cid)
  }
}

const bytesToCome = (outline: Outline, shelf: Shelf): number => {
  const chunks = new Map(
    Array.from({ length: chunkCount(outline) }, (_, at) => [chunkCid(outline, at), at]),
  )
  const awaited = [...chunks].filter(([name]) => !shelf.has(name))
  const list = shelf.has(outline.cid) ? 0 : outline.encodedList.length
  return awaited.reduce((sum, [, at]) => sum + sizeOfChunk(outline, at), list)
}

const createHolding = ({ state }: Opened): BlobStore['hold'] => {
  let turn: Promise<unknown> = Promise.resolve()
  return async (outline) => {
    const opened = await state()
    const { shelf, held } = opened
    const hold = { outline, awaited: bytesToCome(outline, shelf) }
    held.add(hold)
    // One at a time, or two would be promised the same room.
    const mine = turn.then(() => makeRoom(opened))
    turn = mine.catch(() => {})
    try {
      await mine
    } catch (error) {
      held.delete(hold)
      throw error
    }
    return () => {
      held.delete(hold)
    }
  }
}

const createFiles = ({ state, folder }: Opened) => {
  const write = async (of: Outline, name: Cid, { bytes, sync }: Written) => {
    const { shelf, held } = await state()
    await writeAtomically(placeOf(folder, name), bytes, { sync })
    const isNew = !shelf.has(name)
    shelf.add(name, bytes.length)
    const hold = [...held].find(({ outline }) => outline.cid === of.cid)
    if (isNew && hold) hold.awaited = Math.max(0, hold.awaited - bytes.length)
  }
  const outline: BlobStore['outline'] = async (cid) => {
    const found = await readOutline(folder, cid)
    const { shelf } = await state()
    if (found) shelf.touch(cid)
    else shelf.remove(cid)
    return found
  }
  const chunk: BlobStore['chunk'] = async (of, index) => {
    const name = chunkCid(of, index)
    const bytes = await readOrNull(placeOf(folder, name))
    if (!bytes) return null
    const { shelf } = await state()
    shelf.touch(name)
    if (isChunk(of, index, bytes)) return bytes
    shelf.remove(name)
    await rm(placeOf(folder, name), { force: true })
    return null
  }
  const keep = async (of: Outline, index: number, written: Written) => {
    if (!isChunk(of, index, written.bytes)) {
      throw new Fault<NetworkFault>('CONTENT_CORRUPT', 'The bytes are not what the id names')
    }
    await write(of, chunkCid(of, index), written)
  }
  const keepChunk: BlobStore['keepChunk'] = (of, index, bytes) =>
    keep(of, index, { bytes, sync: false })
  const keepOutline: BlobStore['keepOutline'] = async (of) => {
    if (of.list) await write(of, of.cid, { bytes: of.encodedList, sync: true })
  }
  const has: BlobStore['has'] = async (cid) => {
    const found = await outline(cid)
    if (!found?.list) return found !== null
    for (let index = 0; index < chunkCount(found); index += 1) {
      if (!(await exists(placeOf(folder, chunkCid(found, index))))) return false
    }
    return true
  }
  const settle: BlobStore['settle'] = (of) => {
    const names = Array.from({ length: chunkCount(of) }, (_, index) => chunkCid(of, index))
    return inGroups(names, (name) => syncFile(placeOf(folder, name)))
  }
  return { outline, chunk, keep, keepChunk, keepOutline, settle, has }
}

const putInto =
  (hold: BlobStore['hold'], { chunk, keep, keepOutline }: ReturnType<typeof createFiles>) =>
  async (bytes: Uint8Array): Promise<Cid> => {
    const { cid, list } = describeContent(bytes, sha256)
    const made = list ? (listOutline(cid, list) as Outline) : wholeOutline(cid, bytes.length)
    const release = await hold(made)
    try {
      const pieces = list ? chunksOf(bytes) : [bytes]
      await inGroups([...pieces.entries()], async ([index, piece]) => {
        // What is here and intact needs no second sync.
        if (!(await chunk(made, index))) await keep(made, index, { bytes: piece, sync: true })
      })
      // The list comes last: where it is, its chunks are.
      await keepOutline(made)
      return cid
    } finally {
      release()
    }
  }

/** Content under `<folder>/xx/<cid>`, at most `maxBytes` of it: past them the oldest goes that nobody needs. */
export const createBlobStore = ({
  folder,
  maxBytes = Number.POSITIVE_INFINITY,
}: {
  folder: string
  maxBytes?: number
}): BlobStore => {
  const dropped: State['dropped'] = new Set()
  let opening: Promise<State> | null = null
  const open = async (): Promise<State> => {
    const shelf = createShelf(maxBytes)
    for (const [name, size] of await listKept(folder)) shelf.add(name, size)
    return { folder, shelf, pins: await openPins(join(folder, 'pins')), held: new Set(), dropped }
  }
  const state = () => {
    opening ??= open().catch((error) => {
      opening = null
      throw error
    })
    return opening
  }
  const opened: Opened = { state, folder }
  const files = createFiles(opened)
  const { outline, chunk, keepChunk, keepOutline, settle, has } = files
  const hold = createHolding(opened)
  return {
    ...{ outline, chunk, keepChunk, keepOutline, settle, has },
    hold,
    put: putInto(hold, files),
    pin: async (by, cids) => (await state()).pins.pin(by, cids),
    unpin: async (by) => (await state()).pins.unpin(by),
    onDropped: (listener) => {
      dropped.add(listener)
    },
  }
}

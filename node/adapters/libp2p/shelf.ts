import type { Cid } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import type { NetworkFault } from '../../../protocols/network/index.ts'

/** What is on disk, by file, and what may go when room is needed. Sizes in bytes. */
export type Shelf = {
  /** A file was written or found, and is the youngest now. */
  add(name: Cid, size: number): void
  /** A file was used, and is the youngest now. */
  touch(name: Cid): void
  remove(name: Cid): void
  has(name: Cid): boolean
  readonly bytes: number
  /**
   * The files to drop, oldest first, so that `incoming` more bytes fit: none while they fit, else enough for a while.
   * Throws Fault CONTENT_STORE_FULL where what may not go leaves too little room.
   */
  excess(incoming: number, mayNotGo: ReadonlySet<Cid>): Cid[]
}

/** Dropping goes on to this share of the room, or it would have to begin again with each file. */
const LOW_WATER = 0.9

export const createShelf = (maxBytes: number): Shelf => {
  // Insertion order is age.
  const files = new Map<Cid, number>()
  let bytes = 0
  const remove = (name: Cid) => {
    bytes -= files.get(name) ?? 0
    files.delete(name)
  }
  const add = (name: Cid, size: number) => {
    remove(name)
    files.set(name, size)
    bytes += size
  }
  return {
    add,
    touch: (name) => {
      const size = files.get(name)
      if (size !== undefined) add(name, size)
    },
    remove,
    has: (name) => files.has(name),
    get bytes() {
      return bytes
    },
    excess: (incoming, mayNotGo) => {
      if (bytes + incoming <= maxBytes) return []
      const chosen: Cid[] = []
      let left = bytes + incoming
      for (const [name, size] of files) {
        if (left <= maxBytes * LOW_WATER) break
        if (mayNotGo.has(name)) continue
        chosen.push(name)
        left -= size
      }
      if (left <= maxBytes) return chosen
      throw new Fault<NetworkFault>('CONTENT_STORE_FULL', 'There is no room for this content', {
        incoming,
        maxBytes,
      })
    },
  }
}

import { HOST_CHARGES } from './charges.ts'
import { errno, SUCCESS } from './errno.ts'
import { FILE_TYPE, type Inode } from './inode.ts'
import { RIGHT } from './rights.ts'
import { lookUp, type WasiCalls, type World } from './world.ts'

const encoder = new TextEncoder()
const ENTRY_HEADER = 24

const encodeEntry = (next: number, name: string, node: Inode): Uint8Array => {
  const encoded = encoder.encode(name)
  const entry = new Uint8Array(ENTRY_HEADER + encoded.length)
  const view = new DataView(entry.buffer)
  view.setBigUint64(0, BigInt(next), true)
  view.setBigUint64(8, node.number, true)
  view.setUint32(16, encoded.length, true)
  view.setUint8(20, node.type)
  entry.set(encoded, ENTRY_HEADER)
  return entry
}

// '.', '..', then the names in order; a cookie is the place in that list.
const entryAt = (directory: Inode, names: readonly string[], index: number): Uint8Array | null => {
  if (index === 0) return encodeEntry(1, '.', directory)
  if (index === 1) return encodeEntry(2, '..', directory.parent ?? directory)
  const name = names[index - 2]
  const node = name === undefined ? undefined : directory.get(name)
  return name === undefined || !node ? null : encodeEntry(index + 1, name, node)
}

type Listing = { buffer: number; length: number; cookie: bigint }

const writeEntries = (
  { memory, charge }: World,
  directory: Inode,
  { buffer, length, cookie }: Listing,
): number => {
  const at = memory.span(buffer, length)
  const names = directory.names((count) => charge(count * HOST_CHARGES.directoryEntry))
  let used = 0
  const first = Number(BigInt.asUintN(64, cookie))
  for (let index = first; used < length; index++) {
    charge(HOST_CHARGES.directoryEntry)
    const entry = entryAt(directory, names, index)
    if (!entry) break
    const part = entry.subarray(0, length - used)
    memory.set(at + used, part)
    used += part.length
  }
  return used
}

/** Directories: listing, making, removing, and what was opened before the run. */
export const directoryCalls = (world: World): WasiCalls => ({
  fd_prestat_get: (fd: number, result: number) => {
    const preopened = world.descriptors.find(fd)?.preopened
    if (preopened === undefined || preopened === null) return errno('badf')
    world.memory.setU32(result, 0)
    world.memory.setU32(result + 4, encoder.encode(preopened).length)
    return SUCCESS
  },
  fd_prestat_dir_name: (fd: number, buffer: number, length: number) => {
    const preopened = world.descriptors.find(fd)?.preopened
    if (preopened === undefined || preopened === null) return errno('badf')
    const name = encoder.encode(preopened)
    if (length >>> 0 < name.length) return errno('nametoolong')
    world.memory.set(buffer, name)
    return SUCCESS
  },
  fd_readdir: (
    ...[fd, buffer, length, cookie, result]: [number, number, number, bigint, number]
  ) => {
    const { node } = world.descriptors.directory(fd, RIGHT.readDirectory)
    world.memory.span(result, 4)
    const listing = { buffer, length: length >>> 0, cookie }
    world.memory.setU32(result, writeEntries(world, node, listing))
    return SUCCESS
  },
  path_create_directory: (fd: number, path: number, length: number) => {
    const wanted = { rights: RIGHT.createDirectory, follow: false }
    const { directory, name, node } = lookUp(world, { fd, path, length }, wanted)
    if (node) return errno('exist')
    const made = world.tree.create(FILE_TYPE.directory)
    made.parent = directory
    directory.put(name, made)
    directory.modified = world.clock.realtime()
    return SUCCESS
  },
  path_remove_directory: (fd: number, path: number, length: number) => {
    const wanted = { rights: RIGHT.removeDirectory, follow: false }
    const { directory, name, node } = lookUp(world, { fd, path, length }, wanted)
    if (!node) return errno('noent')
    if (!node.isDirectory()) return errno('notdir')
    if (name === '.') return errno('inval')
    if (!node.isEmpty()) return errno('notempty')
    directory.remove(name)
    node.links = 0
    world.tree.release(node)
    return SUCCESS
  },
})

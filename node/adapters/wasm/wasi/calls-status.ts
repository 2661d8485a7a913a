import { fileOffset } from './calls-transfer.ts'
import { errno, fail, SUCCESS } from './errno.ts'
import { FILE_TYPE, type FileType, type Inode } from './inode.ts'
import { RIGHT } from './rights.ts'
import { FOLLOW, lookUp, type PathArgument, type WasiCalls, type World } from './world.ts'

const SET_ACCESSED = 1
const SET_ACCESSED_NOW = 2
const SET_MODIFIED = 4
const SET_MODIFIED_NOW = 8
const DEVICE = 1n
const encoder = new TextEncoder()

const sizeOf = (node: Inode): number =>
  node.type === FILE_TYPE.link ? encoder.encode(node.target).length : node.size

const writeStatus = (
  { memory }: World,
  result: number,
  { node, type }: { node: Inode | null; type: FileType },
): number => {
  memory.clear(result, 64)
  memory.setU8(result + 16, type)
  if (!node) return SUCCESS
  memory.setU64(result, DEVICE)
  memory.setU64(result + 8, node.number)
  memory.setU64(result + 24, BigInt(node.links))
  memory.setU64(result + 32, BigInt(sizeOf(node)))
  memory.setU64(result + 40, node.accessed)
  memory.setU64(result + 48, node.modified)
  memory.setU64(result + 56, node.changed)
  return SUCCESS
}

type Times = { accessed: bigint; modified: bigint; flags: number }

const setTimes = (world: World, node: Inode, { accessed, modified, flags }: Times): number => {
  const both = (one: number, other: number) => (flags & one) !== 0 && (flags & other) !== 0
  if (both(SET_ACCESSED, SET_ACCESSED_NOW) || both(SET_MODIFIED, SET_MODIFIED_NOW)) {
    return errno('inval')
  }
  const now = world.clock.realtime()
  if (flags & SET_ACCESSED) node.accessed = BigInt.asUintN(64, accessed)
  if (flags & SET_ACCESSED_NOW) node.accessed = now
  if (flags & SET_MODIFIED) node.modified = BigInt.asUintN(64, modified)
  if (flags & SET_MODIFIED_NOW) node.modified = now
  return SUCCESS
}

const existing = (
  world: World,
  place: PathArgument,
  wanted: { rights: bigint; flags: number },
): Inode => {
  const follow = (wanted.flags & FOLLOW) !== 0
  const { node, slash } = lookUp(world, place, { rights: wanted.rights, follow })
  if (!node) return fail('noent')
  if (slash && !node.isDirectory()) fail('notdir')
  return node
}

/** Sizes, times and kinds of files. */
export const statusCalls = (world: World): WasiCalls => ({
  fd_filestat_get: (fd: number, result: number) =>
    writeStatus(world, result, world.descriptors.get(fd, RIGHT.stat)),
  fd_filestat_set_size: (fd: number, size: bigint) => {
    const { type, node } = world.descriptors.get(fd, RIGHT.setSize)
    if (type === FILE_TYPE.directory) return errno('isdir')
    if (!node) return errno('inval')
    world.tree.resize(node, fileOffset(size))
    node.modified = world.clock.realtime()
    return SUCCESS
  },
  fd_filestat_set_times: (...[fd, accessed, modified, flags]: [number, bigint, bigint, number]) => {
    const { node } = world.descriptors.get(fd, RIGHT.setTimes)
    return node ? setTimes(world, node, { accessed, modified, flags }) : errno('badf')
  },
  fd_allocate: (fd: number, offset: bigint, length: bigint) => {
    const { type, node } = world.descriptors.get(fd, RIGHT.allocate)
    if (type !== FILE_TYPE.regular || !node) return errno('badf')
    if (length === 0n) return errno('inval')
    const end = fileOffset(BigInt.asUintN(64, offset) + BigInt.asUintN(64, length))
    if (end > node.size) world.tree.resize(node, end)
    return SUCCESS
  },
  path_filestat_get: (
    ...[fd, flags, path, length, result]: [number, number, number, number, number]
  ) => {
    const node = existing(world, { fd, path, length }, { rights: RIGHT.pathStat, flags })
    return writeStatus(world, result, { node, type: node.type })
  },
  path_filestat_set_times: (
    ...[fd, lookup, path, length, accessed, modified, flags]: [
      number,
      number,
      number,
      number,
      bigint,
      bigint,
      number,
    ]
  ) => {
    const wanted = { rights: RIGHT.pathSetTimes, flags: lookup }
    const node = existing(world, { fd, path, length }, wanted)
    return setTimes(world, node, { accessed, modified, flags })
  },
})

import { type Descriptor, FD_FLAGS_KNOWN } from './descriptors.ts'
import { fail, SUCCESS } from './errno.ts'
import { FILE_TYPE, type Inode } from './inode.ts'
import type { Resolved } from './resolve.ts'
import { DIRECTORY_RIGHTS, FILE_RIGHTS, RIGHT } from './rights.ts'
import { FOLLOW, lookUp, type WasiCalls, type World } from './world.ts'

const OPEN = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const

type Wish = { flags: number; rights: bigint }

const has = (flags: number, ...wanted: number[]): boolean => wanted.every((flag) => flags & flag)

const checkDirectory = ({ flags, rights }: Wish): void => {
  if (has(flags, OPEN.truncate) || rights & RIGHT.write) fail('isdir')
  if (has(flags, OPEN.create, OPEN.directory)) fail('inval')
}

const checkExisting = (node: Inode, slash: boolean, wish: Wish): void => {
  if (has(wish.flags, OPEN.create, OPEN.exclusive)) fail('exist')
  if (node.type === FILE_TYPE.link) fail('loop')
  if (node.isDirectory()) checkDirectory(wish)
  else if (has(wish.flags, OPEN.directory) || slash) fail('notdir')
}

const createFile = (world: World, { directory, name, slash }: Resolved, flags: number): Inode => {
  if (!(flags & OPEN.create)) fail('noent')
  if (flags & OPEN.directory) fail('inval')
  if (slash) fail('isdir')
  const node = world.tree.create(FILE_TYPE.regular)
  directory.put(name, node)
  directory.modified = world.clock.realtime()
  return node
}

const checkOpenRights = (base: Descriptor, flags: number): void => {
  if (flags & OPEN.create && !(base.rights & RIGHT.createFile)) fail('notcapable')
  if (flags & OPEN.truncate && !(base.rights & RIGHT.pathSetSize)) fail('notcapable')
}

type OpenArguments = [
  fd: number,
  lookup: number,
  path: number,
  length: number,
  flags: number,
  rights: bigint,
  inheriting: bigint,
  fdFlags: number,
  result: number,
]

const open = (world: World, ...args: OpenArguments): number => {
  const [fd, lookup, path, length, flags, rightsGiven, inheriting, fdFlags, result] = args
  const rights = BigInt.asUintN(64, rightsGiven)
  const base = world.descriptors.directory(fd, RIGHT.open)
  checkOpenRights(base, flags)
  if (fdFlags & ~FD_FLAGS_KNOWN) fail('inval')
  const found = lookUp(
    world,
    { fd, path, length },
    { rights: RIGHT.open, follow: (lookup & FOLLOW) !== 0 },
  )
  world.memory.span(result, 4)
  if (found.node) checkExisting(found.node, found.slash, { flags, rights })
  const node = found.node ?? createFile(world, found, flags)
  if (flags & OPEN.truncate) {
    world.tree.resize(node, 0)
    node.modified = world.clock.realtime()
  }
  const sensible = node.isDirectory() ? DIRECTORY_RIGHTS : FILE_RIGHTS
  const number = world.descriptors.add({
    type: node.type,
    node,
    stream: null,
    rights: rights & base.inheriting & sensible,
    inheriting: BigInt.asUintN(64, inheriting) & base.inheriting,
    flags: fdFlags,
    position: 0,
    preopened: null,
  })
  world.memory.setU32(result, number)
  return SUCCESS
}

/** Opening files and directories by path. */
export const openCalls = (world: World): WasiCalls => ({
  path_open: (...args: OpenArguments) => open(world, ...args),
})

import { HOST_CHARGES } from './charges.ts'
import { errno, fail, SUCCESS } from './errno.ts'
import { FILE_TYPE, type Inode } from './inode.ts'
import type { Resolved } from './resolve.ts'
import { RIGHT } from './rights.ts'
import { FOLLOW, lookUp, type PathArgument, readPath, type WasiCalls, type World } from './world.ts'

const encoder = new TextEncoder()

const at = (world: World, place: PathArgument, rights: bigint): Resolved =>
  lookUp(world, place, { rights, follow: false })

const link = (from: Resolved, to: Resolved): number => {
  if (!from.node) return errno('noent')
  if (from.node.isDirectory()) return errno('perm')
  if (from.slash) return errno('notdir')
  if (to.node) return errno('exist')
  if (to.slash) return errno('noent')
  to.directory.put(to.name, from.node)
  from.node.links++
  return SUCCESS
}

const isInside = (world: World, directory: Inode, ancestor: Inode): boolean => {
  let depth = 0
  let node: Inode | null = directory
  while (node && node !== ancestor) {
    depth += 1
    node = node.parent
  }
  world.charge(depth * HOST_CHARGES.ancestor)
  return node === ancestor
}

const checkReplaced = (moved: Inode, replaced: Inode): void => {
  if (!moved.isDirectory()) {
    if (replaced.isDirectory()) fail('isdir')
    return
  }
  if (!replaced.isDirectory()) fail('notdir')
  if (!replaced.isEmpty()) fail('notempty')
}

const unlinkNode = (world: World, node: Inode): void => {
  node.links = node.isDirectory() ? 0 : node.links - 1
  world.tree.release(node)
}

const rename = (world: World, from: Resolved, to: Resolved): number => {
  const { node } = from
  if (!node) return errno('noent')
  if (from.name === '.' || to.name === '.') return errno('busy')
  if (!node.isDirectory() && (from.slash || to.slash)) return errno('notdir')
  if (node === to.node) return SUCCESS
  if (to.node) checkReplaced(node, to.node)
  if (node.isDirectory() && isInside(world, to.directory, node)) return errno('inval')
  if (to.node) unlinkNode(world, to.node)
  from.directory.remove(from.name)
  to.directory.put(to.name, node)
  if (node.isDirectory()) node.parent = to.directory
  return SUCCESS
}

const symlink = (world: World, target: string, to: Resolved): number => {
  if (target === '') return errno('noent')
  if (target.startsWith('/')) return errno('notcapable')
  if (to.node) return errno('exist')
  if (to.slash) return errno('noent')
  const node = world.tree.create(FILE_TYPE.link)
  node.target = target
  to.directory.put(to.name, node)
  return SUCCESS
}

/** Names of files: hard and symbolic links, renaming, unlinking. */
export const linkCalls = (world: World): WasiCalls => ({
  path_link: (
    ...[fd, flags, path, length, toFd, toPath, toLength]: [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
  ) => {
    if (flags & FOLLOW) return errno('inval')
    const from = at(world, { fd, path, length }, RIGHT.linkSource)
    const to = at(world, { fd: toFd, path: toPath, length: toLength }, RIGHT.linkTarget)
    return link(from, to)
  },
  path_rename: (
    ...[fd, path, length, toFd, toPath, toLength]: [number, number, number, number, number, number]
  ) => {
    const from = at(world, { fd, path, length }, RIGHT.renameSource)
    const to = at(world, { fd: toFd, path: toPath, length: toLength }, RIGHT.renameTarget)
    return rename(world, from, to)
  },
  path_symlink: (
    ...[target, targetLength, fd, path, length]: [number, number, number, number, number]
  ) => {
    const text = readPath(world, target, targetLength)
    return symlink(world, text, at(world, { fd, path, length }, RIGHT.symlink))
  },
  path_readlink: (
    ...[fd, path, length, buffer, size, result]: [number, number, number, number, number, number]
  ) => {
    const { node } = at(world, { fd, path, length }, RIGHT.readLink)
    if (!node) return errno('noent')
    if (node.type !== FILE_TYPE.link) return errno('inval')
    const target = encoder.encode(node.target).subarray(0, size >>> 0)
    world.memory.set(buffer, target)
    world.memory.setU32(result, target.length)
    return SUCCESS
  },
  path_unlink_file: (fd: number, path: number, length: number) => {
    const { node, slash, directory, name } = at(world, { fd, path, length }, RIGHT.unlink)
    if (!node) return errno('noent')
    if (node.isDirectory()) return errno('isdir')
    if (slash) return errno('notdir')
    directory.remove(name)
    unlinkNode(world, node)
    return SUCCESS
  },
})

import { type Descriptor, FD_FLAG, FD_FLAGS_KNOWN } from './descriptors.ts'
import { errno, fail, SUCCESS } from './errno.ts'
import { FILE_TYPE, type Inode } from './inode.ts'
import { RIGHT } from './rights.ts'
import type { WasiCalls, World } from './world.ts'

const FLAGS_UNSUPPORTED = FD_FLAG.dsync | FD_FLAG.rsync | FD_FLAG.sync
const ADVICE_MAX = 5
const POSITION_MAX = 0x7fff_ffff_ffffn
const WHENCE = { start: 0, current: 1, end: 2 } as const

const positioned = (world: World, fd: number): Descriptor & { node: Inode } => {
  const descriptor = world.descriptors.get(fd)
  if (descriptor.type === FILE_TYPE.directory) fail('badf')
  if (!descriptor.node) fail('spipe')
  return descriptor as Descriptor & { node: Inode }
}

const seekBase = ({ position, node }: Descriptor & { node: Inode }, whence: number): bigint => {
  switch (whence) {
    case WHENCE.start:
      return 0n
    case WHENCE.current:
      return BigInt(position)
    case WHENCE.end:
      return BigInt(node.size)
    default:
      return fail('inval')
  }
}

const seek = (world: World, fd: number, [offset, whence]: [bigint, number]): bigint => {
  const descriptor = positioned(world, fd)
  const onlyTells = offset === 0n && whence === WHENCE.current
  const allowed = descriptor.rights & (onlyTells ? RIGHT.seek | RIGHT.tell : RIGHT.seek)
  if (allowed === 0n) fail('notcapable')
  const target = seekBase(descriptor, whence) + offset
  if (target < 0n || target > POSITION_MAX) fail('inval')
  descriptor.position = Number(target)
  return target
}

/** Descriptors themselves: closing, renumbering, flags, rights, position. */
export const descriptorCalls = (world: World): WasiCalls => ({
  fd_close: (fd: number) => {
    world.descriptors.close(fd)
    return SUCCESS
  },
  fd_renumber: (from: number, to: number) => world.descriptors.renumber(from, to),
  fd_fdstat_get: (fd: number, result: number) => {
    const { type, flags, rights, inheriting } = world.descriptors.get(fd)
    const { memory } = world
    memory.clear(result, 24)
    memory.setU8(result, type)
    memory.setU16(result + 2, flags)
    memory.setU64(result + 8, rights)
    memory.setU64(result + 16, inheriting)
    return SUCCESS
  },
  fd_fdstat_set_flags: (fd: number, flags: number) => {
    const descriptor = world.descriptors.get(fd, RIGHT.setFlags)
    if (flags & ~FD_FLAGS_KNOWN) return errno('inval')
    if (flags & FLAGS_UNSUPPORTED) return errno('notsup')
    descriptor.flags = flags
    return SUCCESS
  },
  fd_fdstat_set_rights: (fd: number, rights: bigint, inheriting: bigint) => {
    const descriptor = world.descriptors.get(fd)
    const base = BigInt.asUintN(64, rights)
    const passedOn = BigInt.asUintN(64, inheriting)
    const gains = (base & ~descriptor.rights) | (passedOn & ~descriptor.inheriting)
    if (gains !== 0n) return errno('notcapable')
    descriptor.rights = base
    descriptor.inheriting = passedOn
    return SUCCESS
  },
  fd_advise: (...[fd, , , advice]: [number, bigint, bigint, number]) => {
    const { type } = world.descriptors.get(fd, RIGHT.advise)
    if (advice >>> 0 > ADVICE_MAX) return errno('inval')
    if (type === FILE_TYPE.directory) return errno('badf')
    return type === FILE_TYPE.regular ? SUCCESS : errno('spipe')
  },
  fd_sync: (fd: number) => {
    world.descriptors.get(fd, RIGHT.sync)
    return SUCCESS
  },
  fd_datasync: (fd: number) => {
    world.descriptors.get(fd)
    return SUCCESS
  },
  fd_seek: (...[fd, offset, whence, result]: [number, bigint, number, number]) => {
    world.memory.span(result, 8)
    world.memory.setU64(result, seek(world, fd, [offset, whence]))
    return SUCCESS
  },
  fd_tell: (fd: number, result: number) => {
    const { rights, position } = positioned(world, fd)
    if ((rights & RIGHT.tell) === 0n) return errno('notcapable')
    world.memory.setU64(result, BigInt(position))
    return SUCCESS
  },
})

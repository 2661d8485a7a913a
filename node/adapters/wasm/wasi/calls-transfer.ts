import { HOST_CHARGES } from './charges.ts'
import { type Descriptor, FD_FLAG, STREAM } from './descriptors.ts'
import { errno, fail, SUCCESS } from './errno.ts'
import { FILE_TYPE, type Inode } from './inode.ts'
import { RIGHT } from './rights.ts'
import type { WasiCalls, World } from './world.ts'

const OFFSET_MAX = 0x7fffffffn

/** A file offset the guest passed as u64. */
export const fileOffset = (offset: bigint): number => {
  const value = BigInt.asUintN(64, offset)
  return value > OFFSET_MAX ? fail('fbig') : Number(value)
}

type Scatter = { vectors: number; count: number }

const readInto = (world: World, source: Uint8Array, { vectors, count }: Scatter): number => {
  let taken = 0
  for (const { at, length } of world.memory.vectors(vectors, count)) {
    const part = source.subarray(taken, taken + length)
    world.charge(part.length >> HOST_CHARGES.bytesShift)
    world.memory.bytes.set(part, at)
    taken += part.length
    if (part.length < length) break
  }
  return taken
}

const writeFrom = (
  world: World,
  { vectors, count }: Scatter,
  write: (bytes: Uint8Array, done: number) => void,
): number => {
  let done = 0
  for (const { at, length } of world.memory.vectors(vectors, count)) {
    world.charge(length >> HOST_CHARGES.bytesShift)
    write(world.memory.bytes.subarray(at, at + length), done)
    done += length
  }
  return done
}

// Without the right, reading and writing fail as on a descriptor that cannot do it.
const transferable = (world: World, fd: number, right: bigint): Descriptor => {
  const descriptor = world.descriptors.get(fd)
  if (descriptor.type === FILE_TYPE.directory) fail('isdir')
  if ((descriptor.rights & right) === 0n) fail('badf')
  return descriptor
}

const seekable = (world: World, fd: number, rights: bigint): Descriptor & { node: Inode } => {
  const descriptor = world.descriptors.get(fd)
  if (descriptor.type === FILE_TYPE.directory) fail('isdir')
  if (!descriptor.node) fail('spipe')
  if ((descriptor.rights & rights) !== rights) fail('notcapable')
  return descriptor as Descriptor & { node: Inode }
}

const contentFrom = (node: Inode, at: number): Uint8Array => node.data.subarray(at, node.size)

const readDescriptor = (world: World, descriptor: Descriptor, scatter: Scatter): number => {
  if (descriptor.node) {
    const rest = contentFrom(descriptor.node, Math.min(descriptor.position, descriptor.node.size))
    const taken = readInto(world, rest, scatter)
    descriptor.position += taken
    return taken
  }
  const { stdin } = world
  const taken = readInto(world, stdin.bytes.subarray(stdin.position), scatter)
  stdin.position += taken
  return taken
}

const writeDescriptor = (world: World, descriptor: Descriptor, scatter: Scatter): number => {
  const { node, stream } = descriptor
  if (!node) {
    const output = world.outputs[stream === STREAM.stdout ? 1 : 2]
    return writeFrom(world, scatter, (bytes) => output.write(bytes))
  }
  if (descriptor.flags & FD_FLAG.append) descriptor.position = node.size
  const from = descriptor.position
  const done = writeFrom(world, scatter, (bytes, offset) => {
    fileOffset(BigInt(from + offset + bytes.length))
    world.tree.write(node, from + offset, bytes)
  })
  descriptor.position = from + done
  node.modified = world.clock.realtime()
  return done
}

/** Reading and writing open files and the standard streams. */
export const transferCalls = (world: World): WasiCalls => ({
  fd_read: (...[fd, vectors, count, result]: [number, number, number, number]) => {
    const descriptor = transferable(world, fd, RIGHT.read)
    world.memory.span(result, 4)
    world.memory.setU32(result, readDescriptor(world, descriptor, { vectors, count }))
    return SUCCESS
  },
  fd_write: (...[fd, vectors, count, result]: [number, number, number, number]) => {
    const descriptor = transferable(world, fd, RIGHT.write)
    world.memory.span(result, 4)
    world.memory.setU32(result, writeDescriptor(world, descriptor, { vectors, count }))
    return SUCCESS
  },
  fd_pread: (...[fd, vectors, count, offset, result]: [number, number, number, bigint, number]) => {
    const { node } = seekable(world, fd, RIGHT.read | RIGHT.seek)
    if (offset < 0n) return errno('inval')
    const from = offset < BigInt(node.size) ? Number(offset) : node.size
    const rest = contentFrom(node, from)
    world.memory.setU32(result, readInto(world, rest, { vectors, count }))
    return SUCCESS
  },
  fd_pwrite: (
    ...[fd, vectors, count, offset, result]: [number, number, number, bigint, number]
  ) => {
    const { node, flags } = seekable(world, fd, RIGHT.write | RIGHT.seek)
    if (offset < 0n) return errno('inval')
    const from = flags & FD_FLAG.append ? node.size : fileOffset(offset)
    const done = writeFrom(world, { vectors, count }, (bytes, written) => {
      fileOffset(BigInt(from + written + bytes.length))
      world.tree.write(node, from + written, bytes)
    })
    node.modified = world.clock.realtime()
    world.memory.setU32(result, done)
    return SUCCESS
  },
})

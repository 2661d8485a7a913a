import { WASI_BOUNDS } from './bounds.ts'
import { errno, fail, SUCCESS } from './errno.ts'
import { type FileTree, pathNames } from './file-tree.ts'
import { FILE_TYPE, type FileType, type Inode } from './inode.ts'
import { ALL_RIGHTS, DIRECTORY_RIGHTS, RIGHT } from './rights.ts'

/** Descriptor flags a guest can set. */
export const FD_FLAG = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const

/** Any of them may be given when a file is opened: what is written is there at once. */
export const FD_FLAGS_KNOWN = 31

export const STREAM = { stdin: 0, stdout: 1, stderr: 2 } as const
export type StreamNumber = (typeof STREAM)[keyof typeof STREAM]

export type Descriptor = {
  type: FileType
  /** The file behind it; null for the three standard streams. */
  node: Inode | null
  stream: StreamNumber | null
  rights: bigint
  inheriting: bigint
  flags: number
  position: number
  /** The name a directory was opened under before the run. */
  preopened: string | null
}

const standardStream = (stream: StreamNumber): Descriptor => ({
  type: FILE_TYPE.character,
  node: null,
  stream,
  rights:
    (stream === STREAM.stdin ? RIGHT.read : RIGHT.write) | RIGHT.poll | RIGHT.stat | RIGHT.setFlags,
  inheriting: 0n,
  flags: stream === STREAM.stdin ? 0 : FD_FLAG.append,
  position: 0,
  preopened: null,
})

/** Open descriptors of one run: 0, 1, 2 the standard streams, from 3 on the directories opened before it. */
export class DescriptorTable {
  private readonly slots: (Descriptor | undefined)[]
  private readonly tree: FileTree

  constructor(tree: FileTree, preopens: readonly string[]) {
    this.tree = tree
    this.slots = [0, 1, 2].map((stream) => standardStream(stream as StreamNumber))
    for (const name of preopens) {
      this.add({
        type: FILE_TYPE.directory,
        node: tree.makeDirectories(pathNames(name)),
        stream: null,
        rights: DIRECTORY_RIGHTS,
        inheriting: ALL_RIGHTS,
        flags: 0,
        position: 0,
        preopened: name,
      })
    }
  }

  /** The descriptor with that number, if it is open and has all of `rights`. */
  get(number: number, rights = 0n): Descriptor {
    const descriptor = this.slots[number >>> 0] ?? fail('badf')
    if ((descriptor.rights & rights) !== rights) fail('notcapable')
    return descriptor
  }

  directory(number: number, rights: bigint): Descriptor & { node: Inode } {
    const descriptor = this.get(number)
    const { node } = descriptor
    if (!node?.isDirectory()) return fail('notdir')
    if ((descriptor.rights & rights) !== rights) fail('notcapable')
    return descriptor as Descriptor & { node: Inode }
  }

  find(number: number): Descriptor | undefined {
    return this.slots[number >>> 0]
  }

  /** Opens a descriptor under the lowest free number. */
  add(descriptor: Descriptor): number {
    let number = 0
    while (this.slots[number]) number++
    if (number >= WASI_BOUNDS.descriptors) fail('mfile')
    this.slots[number] = descriptor
    if (descriptor.node) descriptor.node.opens++
    return number
  }

  close(number: number): void {
    const { node } = this.get(number)
    this.slots[number >>> 0] = undefined
    if (!node) return
    node.opens--
    this.tree.release(node)
  }

  renumber(from: number, to: number): number {
    const descriptor = this.get(from)
    if (!this.find(to)) return errno('badf')
    if (from === to) return SUCCESS
    this.close(to)
    this.slots[to >>> 0] = descriptor
    this.slots[from >>> 0] = undefined
    return SUCCESS
  }
}

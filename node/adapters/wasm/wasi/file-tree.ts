import { WASI_BOUNDS } from './bounds.ts'
import { HOST_CHARGES } from './charges.ts'
import { fail } from './errno.ts'
import { FILE_TYPE, type FileType, Inode } from './inode.ts'
import { OutputLimit } from './signals.ts'

export type TreeDeps = { charge: (fuel: number) => void; now: () => bigint; fileBytes: number }

/** The files of one run: counts nodes and bytes, and gives both back when nothing leads to them any more. */
export class FileTree {
  readonly root: Inode
  private readonly deps: TreeDeps
  private nodes = 0
  private bytes = 0
  private lastNumber = 0n

  constructor(deps: TreeDeps) {
    this.deps = deps
    this.root = this.create(FILE_TYPE.directory)
  }

  create(type: FileType): Inode {
    if (this.nodes >= WASI_BOUNDS.nodes) fail('nospc')
    this.nodes++
    return new Inode(type, { number: ++this.lastNumber, now: this.deps.now() })
  }

  /** Makes the directories of an absolute path and answers the last. */
  makeDirectories(names: readonly string[]): Inode {
    let directory = this.root
    for (const name of names) {
      const next = directory.get(name) ?? this.create(FILE_TYPE.directory)
      if (!next.isDirectory()) fail('notdir')
      next.parent = directory
      directory.put(name, next)
      directory = next
    }
    return directory
  }

  /** Places an input file; its bytes are shared, not copied, and do not count until written to. */
  placeFile(names: readonly string[], data: Uint8Array): void {
    const name = names.at(-1) ?? fail('isdir')
    const file = this.create(FILE_TYPE.regular)
    file.data = data
    file.size = data.length
    file.shared = true
    this.makeDirectories(names.slice(0, -1)).put(name, file)
  }

  /** Sets a file's size; new bytes are zero. */
  resize(file: Inode, size: number): void {
    this.own(file)
    if (size > file.size) {
      this.deps.charge((size - file.size) >> HOST_CHARGES.bytesShift)
      this.count(file, size - file.size)
      this.reserve(file, size)
      file.data.fill(0, file.size, size)
    } else this.count(file, size - file.size)
    file.size = size
  }

  write(file: Inode, at: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.own(file)
    const end = at + bytes.length
    if (end > file.size) this.resize(file, end)
    file.data.set(bytes, at)
  }

  /** A name or a descriptor that led to the node is gone. */
  release(node: Inode): void {
    if (node.links > 0 || node.opens > 0) return
    this.nodes--
    this.count(node, -node.counted)
    node.data = new Uint8Array(0)
  }

  // Content that belongs to the input is copied before it is changed.
  private own(file: Inode): void {
    if (!file.shared) return
    this.deps.charge(file.size >> HOST_CHARGES.bytesShift)
    this.count(file, file.size)
    file.data = file.data.slice(0, file.size)
    file.shared = false
  }

  private count(file: Inode, bytes: number): void {
    if (this.bytes + bytes > this.deps.fileBytes) throw new OutputLimit('files')
    this.bytes += bytes
    file.counted += bytes
  }

  private reserve(file: Inode, size: number): void {
    if (size <= file.data.length) return
    const doubled = Math.min(file.data.length * 2, this.deps.fileBytes)
    const grown = new Uint8Array(Math.max(size, doubled))
    grown.set(file.data.subarray(0, file.size))
    file.data = grown
  }
}

/** The names in a path; '.' and empty parts mean nothing here. */
export const pathNames = (path: string): string[] =>
  path.split('/').filter((name) => name !== '' && name !== '.')

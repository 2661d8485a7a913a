/** WASI file types. */
export const FILE_TYPE = { character: 2, directory: 3, regular: 4, link: 7 } as const

export type FileType = (typeof FILE_TYPE)[keyof typeof FILE_TYPE]

const EMPTY = new Uint8Array(0)

/** A file, directory or symbolic link in memory. */
export class Inode {
  readonly type: FileType
  readonly number: bigint
  /** Names that lead here. */
  links = 1
  /** Descriptors that are open on it. */
  opens = 0
  /** Bytes counted against the run's quota. */
  counted = 0
  /** Content is shared with the run's input until first written. */
  shared = false
  data: Uint8Array = EMPTY
  size = 0
  target = ''
  parent: Inode | null = null
  accessed: bigint
  modified: bigint
  changed: bigint
  private readonly entries = new Map<string, Inode>()
  private sorted: readonly string[] | null = null

  constructor(type: FileType, { number, now }: { number: bigint; now: bigint }) {
    this.type = type
    this.number = number
    this.accessed = now
    this.modified = now
    this.changed = now
  }

  isDirectory(): boolean {
    return this.type === FILE_TYPE.directory
  }

  get(name: string): Inode | undefined {
    return this.entries.get(name)
  }

  put(name: string, node: Inode): void {
    this.entries.set(name, node)
    this.sorted = null
  }

  remove(name: string): void {
    this.entries.delete(name)
    this.sorted = null
  }

  isEmpty(): boolean {
    return this.entries.size === 0
  }

  /** Names in a fixed order; `onSort` hears how many had to be sorted. */
  names(onSort: (count: number) => void): readonly string[] {
    if (!this.sorted) {
      onSort(this.entries.size)
      this.sorted = [...this.entries.keys()].sort()
    }
    return this.sorted
  }
}

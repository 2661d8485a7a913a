import { WASI_BOUNDS } from './bounds.ts'
import { HOST_CHARGES } from './charges.ts'
import { fail } from './errno.ts'
import { FILE_TYPE, type Inode } from './inode.ts'

/** Where a path leads: the directory that holds the last name, and what stands there, if anything. */
export type Resolved = {
  directory: Inode
  name: string
  node: Inode | undefined
  /** The path ended in a slash: only a directory will do. */
  slash: boolean
}

const components = (path: string): string[] => path.split('/').filter((part) => part !== '')

/** Walks a path below `base`. It can never leave `base`: not by '..', not by links, not by an absolute path. */
export const resolvePath = (
  base: Inode,
  path: string,
  { follow, charge }: { follow: boolean; charge: (fuel: number) => void },
): Resolved => {
  if (path === '') fail('noent')
  if (path.startsWith('/')) fail('notcapable')
  if (!base.isDirectory()) fail('notdir')
  const way = [base]
  const pending = components(path).reverse()
  let slash = path.endsWith('/')
  let links = 0
  let here: Resolved = { directory: base, name: '.', node: base, slash }

  const expand = (link: Inode): void => {
    if (++links > WASI_BOUNDS.links) fail('loop')
    if (link.target.startsWith('/')) fail('notcapable')
    slash = pending.length === 0 ? slash || link.target.endsWith('/') : slash
    pending.push(...components(link.target).reverse())
  }

  const stepUp = (): Resolved => {
    if (way.length === 1) fail('notcapable')
    way.pop()
    const directory = way.at(-1) as Inode
    return { directory, name: '.', node: directory, slash }
  }

  const stepInto = (directory: Inode, name: string): Resolved => {
    const node = directory.get(name)
    const last = pending.length === 0
    if (node?.type === FILE_TYPE.link && (!last || follow)) {
      expand(node)
      return { directory, name: '.', node: directory, slash }
    }
    if (last) return { directory, name, node, slash }
    if (!node) return fail('noent')
    if (!node.isDirectory()) fail('notdir')
    way.push(node)
    return { directory: node, name: '.', node, slash }
  }

  while (pending.length > 0) {
    charge(HOST_CHARGES.pathComponent)
    const name = pending.pop() as string
    if (name.length > WASI_BOUNDS.nameLength) fail('nametoolong')
    const directory = way.at(-1) as Inode
    if (name === '..') here = stepUp()
    else if (name === '.') here = { directory, name, node: directory, slash }
    else here = stepInto(directory, name)
  }
  return here
}

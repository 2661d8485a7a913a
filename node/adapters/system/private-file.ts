import { randomUUID } from 'node:crypto'
import { link, mkdir, open, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Fault } from '../../../protocols/common/index.ts'
import type { SystemFault } from './faults.ts'

const MAX_BYTES = 65_536

const hasErrno = (error: unknown, code: string): boolean =>
  (error as NodeJS.ErrnoException).code === code

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Windows cannot sync a folder, and need not.
    if (!hasErrno(error, 'EPERM')) throw error
  } finally {
    await handle.close()
  }
}

/** Creates a file that only its owner may read: complete and on disk, or not there. Never replaces one (Fault KEYSTORE_EXISTS). */
export const createPrivateFile = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    // A link, unlike a rename, fails where a key already lies.
    await link(draft, path)
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error
    throw keyExists(path, error)
  } finally {
    await unlink(draft)
  }
  await syncFolder(dirname(path))
}

const keyExists = (path: string, cause: unknown) =>
  new Fault<SystemFault>('KEYSTORE_EXISTS', `${path} already holds a key`, { cause, path })

/** The text of a small file; null where there is none. Throws Fault KEYSTORE_INVALID for one over 64 KiB. */
export const readPrivateFile = async (path: string): Promise<string | null> => {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES) {
      throw new Fault<SystemFault>('KEYSTORE_INVALID', `${path} is too large for a key file`, {
        path,
      })
    }
    const handle = await open(path, 'r')
    try {
      return await handle.readFile('utf8')
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null
    throw error
  }
}

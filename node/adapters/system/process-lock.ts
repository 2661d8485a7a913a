import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../../protocols/common/index.ts'
import type { SystemFault } from './faults.ts'

export type ProcessLock = { release(): Promise<void> }

const LOCK_NAME = 'node.lock'
const MAX_ATTEMPTS = 5

const hasErrno = (error: unknown, code: string): boolean =>
  (error as NodeJS.ErrnoException).code === code

const readIfAny = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ESRCH')) return null
    throw error
  }
}

// Pids are used again (in a container the node always has the same one): boot and start time tell two processes apart.
const startOf = async (pid: number): Promise<string> => {
  const [boot, stat] = await Promise.all([
    readIfAny('/proc/sys/kernel/random/boot_id'),
    readIfAny(`/proc/${pid}/stat`),
  ])
  if (boot === null || stat === null) return 'unknown'
  const fieldsAfterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return `${boot.trim()} ${fieldsAfterName[19]}`
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasErrno(error, 'EPERM')
  }
}

/** The pid of the running process that holds the lock; null where it is stale or unreadable. */
const holderOf = async (text: string): Promise<number | null> => {
  const [pidText = '', start = ''] = text.trim().split('\n')
  if (!/^[1-9]\d{0,9}$/.test(pidText)) return null
  const pid = Number(pidText)
  return isAlive(pid) && (await startOf(pid)) === start ? pid : null
}

const inUse = (folder: string, pid: number) =>
  new Fault<SystemFault>(
    'DATA_FOLDER_IN_USE',
    `Another node is running on ${folder} (process ${pid}); stop it or use another data folder`,
    { folder, pid },
  )

// Moved away rather than deleted, and put back if it was not what was read: two starters may find the same stale lock.
const clearStale = async (path: string, text: string, own: string): Promise<void> => {
  const aside = `${own}.stale`
  try {
    await rename(path, aside)
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return
    throw error
  }
  if ((await readIfAny(aside)) !== text) await link(aside, path).catch(() => {})
  await unlink(aside)
}

const takes = async (own: string, path: string): Promise<boolean> => {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return false
    throw error
  }
}

let locksTaken = 0

/** Makes this the only process on a data folder. Throws Fault DATA_FOLDER_IN_USE with the other's pid. */
export const processLock = async (folder: string): Promise<ProcessLock> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, LOCK_NAME)
  const own = `${path}.${process.pid}.${locksTaken++}`
  const text = `${process.pid}\n${await startOf(process.pid)}\n`
  await writeFile(own, text, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (await takes(own, path)) {
        return {
          release: async () => {
            if ((await readIfAny(path)) === text) await unlink(path)
          },
        }
      }
      const found = await readIfAny(path)
      const pid = found === null ? null : await holderOf(found)
      if (pid !== null) throw inUse(folder, pid)
      if (found !== null) await clearStale(path, found, own)
    }
    throw inUse(folder, 0)
  } finally {
    await unlink(own)
  }
}

import { mkdir, readdir, readFile, rmdir, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, Fault } from '../../../protocols/common/index.ts'
import type { SystemFault } from './faults.ts'

export type ProcessLock = { release(): Promise<void> }

// Everything is in the name, so a lock is never seen half written: node.<pid>.<start>.<count>.lock
const LOCK_NAME = /^node\.([1-9]\d{0,9})\.([0-9a-f]+-\d+|unknown)\.\d+\.lock$/

const hasErrno = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '')

const readIfAny = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return null
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
  return `${boot.slice(0, 8)}-${fieldsAfterName[19]}`
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasErrno(error, 'EPERM')
  }
}

const removeIfAny = async (path: string): Promise<void> => {
  try {
    await unlink(path)
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error
  }
}

/** The pid of another running holder; clears away the locks of processes that are gone. */
const otherHolder = async (folder: string, own: string): Promise<number | null> => {
  for (const name of await readdir(folder)) {
    const [, pidText, start] = LOCK_NAME.exec(name) ?? []
    if (pidText === undefined || name === own) continue
    const pid = Number(pidText)
    if (isAlive(pid) && (await startOf(pid)) === start) return pid
    await removeIfAny(join(folder, name))
  }
  return null
}

let locksTaken = 0

// Whoever gives up a key's lock removes its folder: it may go while this one is about to write.
const writeIn = async (folder: string, path: string, tries = 3): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    await writeFile(path, '', { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (tries === 1 || !hasErrno(error, 'ENOENT')) throw error
    await writeIn(folder, path, tries - 1)
  }
}

type Refusal = (pid: number) => Fault<SystemFault>

/**
 * Each process writes a lock of its own and only then looks for others: of two that start together both may refuse, but never do both
 * run.
 */
const takeLock = async (folder: string, refusal: Refusal): Promise<ProcessLock> => {
  const own = `node.${process.pid}.${await startOf(process.pid)}.${locksTaken++}.lock`
  const path = join(folder, own)
  await writeIn(folder, path)
  const pid = await otherHolder(folder, own)
  if (pid === null) return { release: () => removeIfAny(path) }
  await removeIfAny(path)
  throw refusal(pid)
}

/** Makes this the only process on a data folder. Throws Fault DATA_FOLDER_IN_USE with the other's pid. */
export const processLock = (folder: string): Promise<ProcessLock> =>
  takeLock(
    folder,
    (pid) =>
      new Fault(
        'DATA_FOLDER_IN_USE',
        `Another node is running on ${folder} (process ${pid}); stop it or use another data folder`,
        { folder, pid },
      ),
  )

/**
 * Makes this the only process of this machine that signs with a key on a chain, whatever data folders it was copied to: two memories of
 * one key would promise the same money twice. Throws Fault KEY_IN_USE.
 */
export const keyLock = async (agent: Address, chainId: number): Promise<ProcessLock> => {
  const folder = join(tmpdir(), `souk-key-${chainId}-${agent}`)
  const message = (pid: number) =>
    `Another node (process ${pid}) signs with ${agent} on chain ${chainId}; stop it first`
  const refusal: Refusal = (pid) =>
    new Fault('KEY_IN_USE', message(pid), { agent, chainId, folder, pid })
  const lock = await takeLock(folder, refusal)
  return {
    release: async () => {
      await lock.release()
      await rmdir(folder).catch(() => {})
    },
  }
}

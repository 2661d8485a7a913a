import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { statePath } from './wallet.ts'

const pidPath = (folder: string) => join(folder, 'anvil.pid')

export const writePid = (folder: string, pid: number): Promise<void> =>
  writeFile(pidPath(folder), `${pid}\n`, { mode: 0o600 })

export const removePid = (folder: string): Promise<void> => rm(pidPath(folder), { force: true })

/** A process's command line; empty where there is no such process. */
export const commandLineOf = (pid: number): Promise<string> =>
  new Promise((resolve) => {
    execFile('ps', ['-o', 'args=', '-p', String(pid)], (_, stdout) => resolve(stdout))
  })

const readPid = async (folder: string): Promise<number | null> => {
  const text = await readFile(pidPath(folder), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const SAVE_MS = 10_000
const LOOK_MS = 50

/** Resolves once the process is gone; false when it is still there after ten seconds. */
export const waitUntilGone = async (pid: number): Promise<boolean> => {
  for (let waited = 0; waited < SAVE_MS; waited += LOOK_MS) {
    if (!isAlive(pid)) return true
    await wait(LOOK_MS)
  }
  return !isAlive(pid)
}

/** Ends the chain that an earlier run left behind on this folder, having let it save; anything else with its pid is left alone. */
export const endStale = async (folder: string): Promise<number | null> => {
  const pid = await readPid(folder)
  if (pid === null) return null
  const commandLine = await commandLineOf(pid)
  const isOurs = commandLine.includes('anvil') && commandLine.includes(statePath(folder))
  if (isOurs) {
    process.kill(pid, 'SIGTERM')
    if (!(await waitUntilGone(pid))) process.kill(pid, 'SIGKILL')
  }
  await removePid(folder)
  return isOurs ? pid : null
}

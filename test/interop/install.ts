import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The peers of the interop tests, with packages of their own. */
export const peersFolder = join(import.meta.dirname, 'peers')

const stampFile = join(peersFolder, 'node_modules', '.installed')

/** Installs the packages of the peers as their lock says, unless that is what is there. */
export const installPeers = async (): Promise<void> => {
  const lock = await readFile(join(peersFolder, 'package-lock.json'))
  const stamp = createHash('sha256').update(lock).update(process.version).digest('hex')
  const found = await readFile(stampFile, 'utf8').catch(() => '')
  if (found === stamp) return
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts']
  await promisify(execFile)('npm', args, { cwd: peersFolder })
  await writeFile(stampFile, stamp)
}

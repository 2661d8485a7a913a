import { link, open, readFile, stat, unlink } from 'node:fs/promises'
import { toString as formatBytes } from 'uint8arrays'
import { Fault } from '../../protocols/common/index.ts'
import type { Chance } from '../ports/index.ts'

const READABLE_BY_OTHERS = 0o077
const TOKEN = /^[0-9A-Za-z_-]{43}$/

const readToken = async (file: string): Promise<string | null> => {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

const checkPrivate = async (file: string): Promise<void> => {
  // Windows has no such modes.
  if (process.platform === 'win32') return
  const { mode } = await stat(file)
  if ((mode & READABLE_BY_OTHERS) === 0) return
  throw new Fault('TOKEN_FILE_UNSAFE', `Others can read ${file}: run chmod 600 ${file}`, { file })
}

// Whole or not there: a crash must not leave an empty token behind.
const writePrivate = async (
  file: string,
  { text, draft }: { text: string; draft: string },
): Promise<void> => {
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
    await link(draft, file)
  } finally {
    await handle.close()
    await unlink(draft)
  }
}

/** The owner's token in `file` (mode 600): 32 random bytes as base64url, made at the first start. */
export const openOwnerToken = async (
  file: string,
  { chance }: { chance: Chance },
): Promise<{ token: string; isNew: boolean }> => {
  const kept = await readToken(file)
  if (kept !== null) {
    await checkPrivate(file)
    if (TOKEN.test(kept)) return { token: kept, isNew: false }
    throw new Fault('TOKEN_FILE_UNSAFE', `${file} holds no token: delete it to get a new one`, {
      file,
    })
  }
  const token = formatBytes(chance.bytes(32), 'base64url')
  await writePrivate(file, {
    text: `${token}\n`,
    draft: `${file}.${formatBytes(chance.bytes(8), 'base16')}`,
  })
  return { token, isNew: true }
}

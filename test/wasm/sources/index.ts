// Brings programs and tests that nobody here wrote: Debian's source packages and compiler, pinned by SHA-256, into a git-ignored cache.
// Once the cache is filled no network is asked.
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Apt, openApt } from './apt.ts'
import { runCommand } from './command.ts'
import { SOURCES, type SourceName, TOOL_LIBRARIES, TOOLS } from './pins.ts'
import { ARCHIVES, CACHE, cachedFolder, hashOfFile, nameOfInputs } from './store.ts'

export { runCommand } from './command.ts'
export { SOURCES, type SourceName } from './pins.ts'
export { CACHE, cachedFolder, hashOfFile, nameOfInputs } from './store.ts'

type Archive = { package: string; file: string; sha256: string }

let opened: Promise<Apt> | null = null
const apt = (): Promise<Apt> => {
  opened ??= openApt(join(CACHE, 'apt'))
  return opened
}

const missing = ({ file, sha256 }: Archive, cause: unknown): Error => {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Error(
    [
      `${file} is not in the cache and could not be fetched: ${why}`,
      'It is part of Debian 12 (amd64): run this on such a machine with a mirror in reach, or bring the file',
      `(SHA-256 ${sha256}) into ${ARCHIVES}.`,
    ].join('\n'),
    { cause },
  )
}

const isThere = async ({ file, sha256 }: Archive): Promise<boolean> =>
  (await hashOfFile(join(ARCHIVES, file))) === sha256

/** Fetches into a draft folder, checks each hash, and only then lets the files be found. */
const bring = async (
  archives: readonly Archive[],
  fetch: (apt: Apt, folder: string) => Promise<void>,
): Promise<void> => {
  const [first] = archives
  if (!first) return
  await mkdir(ARCHIVES, { recursive: true })
  const draft = await mkdtemp(join(CACHE, 'draft-'))
  try {
    await fetch(await apt(), draft)
    for (const archive of archives) {
      const path = join(draft, archive.file)
      const found = await hashOfFile(path)
      if (found !== archive.sha256) {
        throw new Error(`the mirror's ${archive.file} has SHA-256 ${found ?? '(no such file)'}`)
      }
      await rename(path, join(ARCHIVES, archive.file))
    }
  } catch (error) {
    throw missing(first, error)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** The folder of an upstream source, unpacked. */
export const fetchSource = (name: SourceName): Promise<string> => {
  const pin = SOURCES[name]
  return cachedFolder(`${name}-${pin.sha256.slice(0, 16)}`, async (folder) => {
    if (!(await isThere(pin))) {
      await bring([pin], (mirror, draft) => mirror.fetchSource(pin.package, draft))
    }
    const archive = join(ARCHIVES, pin.file)
    await runCommand('tar', ['-xf', archive, '-C', folder, '--strip-components=1'])
  })
}

/** The root of the unpacked compiler: usr/lib/llvm-14, usr/lib/wasm32-wasi. */
export const fetchTools = (): Promise<string> =>
  cachedFolder(`tools-${nameOfInputs(TOOLS.map(({ sha256 }) => sha256))}`, async (folder) => {
    if (process.arch !== 'x64') {
      throw new Error(`the compiler is pinned for amd64 and this machine is ${process.arch}`)
    }
    const wanted: Archive[] = []
    for (const tool of TOOLS) if (!(await isThere(tool))) wanted.push(tool)
    await bring(wanted, (mirror, draft) =>
      mirror.fetchPackages(
        wanted.map((tool) => tool.package),
        draft,
      ),
    )
    const libraries = join(folder, 'libraries')
    await mkdir(libraries)
    await bringLibraries(libraries)
    const packages = TOOLS.map(({ file }) => join(ARCHIVES, file))
    for (const name of await readdir(libraries)) packages.push(join(libraries, name))
    for (const file of packages) await runCommand('dpkg-deb', ['-x', file, folder])
    await rm(libraries, { recursive: true })
  })

const bringLibraries = async (folder: string): Promise<void> => {
  const kept = existsSync(ARCHIVES) ? await readdir(ARCHIVES) : []
  const absent: string[] = []
  for (const library of TOOL_LIBRARIES) {
    const file = kept.find((name) => name.startsWith(`${library}_`))
    if (file) await copyFile(join(ARCHIVES, file), join(folder, file))
    else absent.push(library)
  }
  if (absent.length === 0) return
  await (await apt()).fetchPackages(absent, folder)
  for (const file of await readdir(folder)) await copyFile(join(folder, file), join(ARCHIVES, file))
}

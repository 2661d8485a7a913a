// Brings programs and tests that nobody here wrote, pinned by SHA-256, into a git-ignored cache: Debian's source packages and compiler
// through a private apt, packages of the npm registry through npm. Once the cache is filled no network is asked.
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Apt, openApt } from './apt.ts'
import { runCommand } from './command.ts'
import {
  PACKAGES,
  type PackageName,
  SOURCES,
  type SourceName,
  TOOL_LIBRARIES,
  TOOLS,
} from './pins.ts'
import { ARCHIVES, CACHE, cachedFolder, hashOfFile, nameOfInputs } from './store.ts'

export { runCommand } from './command.ts'
export { PACKAGES, type PackageName, SOURCES, type SourceName } from './pins.ts'
export { cachedFolder, hashOfFile, nameOfInputs } from './store.ts'

type Archive = { package: string; file: string; sha256: string }
type Origin = { from: string; fetch(archives: readonly Archive[], folder: string): Promise<void> }

let opened: Promise<Apt> | null = null
const apt = (): Promise<Apt> => {
  opened ??= openApt(join(CACHE, 'apt'))
  return opened
}

const debianSources: Origin = {
  from: 'the source packages of Debian 12',
  fetch: async (archives, folder) => {
    for (const archive of archives) await (await apt()).fetchSource(archive.package, folder)
  },
}
const debianPackages: Origin = {
  from: 'the packages of Debian 12 for amd64',
  fetch: async (archives, folder) => {
    const names = archives.map((archive) => archive.package)
    await (await apt()).fetchPackages(names, folder)
  },
}
const npmRegistry: Origin = {
  from: 'the npm registry',
  fetch: async (archives, folder) => {
    for (const { package: name, file } of archives) {
      const version = Object.values(PACKAGES).find((pin) => pin.file === file)?.version
      await runCommand('npm', ['pack', '--silent', `${name}@${version}`], { cwd: folder })
    }
  },
}

const missing = ({ file, sha256 }: Archive, { from }: Origin, cause: unknown): Error => {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Error(
    [
      `${file} is not in the cache and could not be fetched: ${why}`,
      `It comes from ${from}: run this where they are in reach, or bring the file`,
      `(SHA-256 ${sha256}) into ${ARCHIVES}.`,
    ].join('\n'),
    { cause },
  )
}

const absentOf = async <A extends Archive>(archives: readonly A[]): Promise<readonly A[]> => {
  const absent: A[] = []
  for (const archive of archives) {
    const found = await hashOfFile(join(ARCHIVES, archive.file))
    if (found !== archive.sha256) absent.push(archive)
  }
  return absent
}

/** Sees to it that archives are in the cache: fetched into a draft, each hash checked, and only then where they can be found. */
const bring = async (archives: readonly Archive[], origin: Origin): Promise<void> => {
  const absent = await absentOf(archives)
  const [first] = absent
  if (!first) return
  await mkdir(ARCHIVES, { recursive: true })
  const draft = await mkdtemp(join(CACHE, 'draft-'))
  try {
    await origin.fetch(absent, draft)
    for (const { file, sha256 } of absent) {
      const found = await hashOfFile(join(draft, file))
      if (found !== sha256)
        throw new Error(`${file} came with SHA-256 ${found ?? '(no such file)'}`)
      await rename(join(draft, file), join(ARCHIVES, file))
    }
  } catch (error) {
    throw missing(first, origin, error)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

const unpack = (name: string, archive: Archive, origin: Origin): Promise<string> =>
  cachedFolder(`${name}-${archive.sha256.slice(0, 16)}`, async (folder) => {
    await bring([archive], origin)
    const file = join(ARCHIVES, archive.file)
    await runCommand('tar', ['-xf', file, '-C', folder, '--strip-components=1'])
  })

/** The folder of an upstream source, unpacked. */
export const fetchSource = (name: SourceName): Promise<string> =>
  unpack(name, SOURCES[name], debianSources)

/** The folder of an npm package, unpacked. */
export const fetchPackage = (name: PackageName): Promise<string> =>
  unpack(name, PACKAGES[name], npmRegistry)

const bringLibraries = async (folder: string): Promise<void> => {
  const kept = await readdir(ARCHIVES)
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

/** The root of the unpacked compiler: usr/lib/llvm-14, usr/lib/wasm32-wasi. */
export const fetchTools = (): Promise<string> =>
  cachedFolder(`tools-${nameOfInputs(TOOLS.map(({ sha256 }) => sha256))}`, async (folder) => {
    if (process.arch !== 'x64') {
      throw new Error(`the compiler is pinned for amd64 and this machine is ${process.arch}`)
    }
    await bring(TOOLS, debianPackages)
    const libraries = join(folder, 'libraries')
    await mkdir(libraries)
    await bringLibraries(libraries)
    const packages = TOOLS.map(({ file }) => join(ARCHIVES, file))
    for (const name of await readdir(libraries)) packages.push(join(libraries, name))
    for (const file of packages) await runCommand('dpkg-deb', ['-x', file, folder])
    await rm(libraries, { recursive: true })
  })

// A private apt: the machine's own mirrors with source packages added, and all state in the cache. Needs no root and changes nothing outside.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './command.ts'

const SYSTEM = '/etc/apt'

const readOrNone = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

const systemFiles = async (): Promise<readonly string[]> => {
  const parts = await readdir(join(SYSTEM, 'sources.list.d')).catch((): string[] => [])
  const named = parts.filter((name) => /\.(list|sources)$/.test(name))
  return [
    join(SYSTEM, 'sources.list'),
    ...named.map((name) => join(SYSTEM, 'sources.list.d', name)),
  ]
}

const isDebian = (entry: string): boolean => /\/debian(-security)?\/?\s/.test(`${entry}\n`)

const withSources = (path: string, text: string): string => {
  if (path.endsWith('.sources')) {
    const stanzas = text.split(/\n\s*\n/).filter(isDebian)
    return stanzas.map((stanza) => stanza.replace(/^Types:.*$/m, 'Types: deb deb-src')).join('\n\n')
  }
  const lines = text.split('\n').filter((line) => line.startsWith('deb ') && isDebian(line))
  return lines.flatMap((line) => [line, line.replace(/^deb /, 'deb-src ')]).join('\n')
}

const writeSources = async (folder: string): Promise<void> => {
  let found = 0
  for (const [index, path] of (await systemFiles()).entries()) {
    const text = withSources(path, await readOrNone(path))
    if (text === '') continue
    found += 1
    await writeFile(join(folder, `${index}.${path.split('.').at(-1)}`), `${text}\n`)
  }
  if (found === 0) throw new Error(`no Debian mirror is named in ${SYSTEM}`)
}

export type Apt = {
  /** The upstream archives of a source package, into a folder. */
  fetchSource(name: string, folder: string): Promise<void>
  /** Binary packages as files, into a folder. */
  fetchPackages(names: readonly string[], folder: string): Promise<void>
}

/** Opens apt with its state below `folder`. Throws where there is no apt or no mirror answers. */
export const openApt = async (folder: string): Promise<Apt> => {
  const parts = join(folder, 'parts')
  for (const needed of ['parts', 'lists/partial', 'cache/archives/partial']) {
    await mkdir(join(folder, needed), { recursive: true })
  }
  await writeSources(parts)
  const options = [
    'Dir::Etc::SourceList=/dev/null',
    `Dir::Etc::SourceParts=${parts}`,
    `Dir::State::Lists=${join(folder, 'lists')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    'APT::Sandbox::User=root',
    'Acquire::Retries=3',
  ].flatMap((option) => ['-o', option])
  const apt = (args: readonly string[], cwd = folder) =>
    runCommand('apt-get', [...args, ...options], { cwd })
  await apt(['update', '--quiet', '--error-on=any'])
  return {
    fetchSource: async (name, target) => {
      await apt(['source', '--download-only', '--tar-only', name], target)
    },
    fetchPackages: async (names, target) => {
      await apt(['download', ...names], target)
    },
  }
}

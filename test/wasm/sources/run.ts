// node test/wasm/sources/run.ts [NAME...]: fetches sources, packages and the compiler (all by default), and says where they are.
import {
  fetchPackage,
  fetchSource,
  fetchTools,
  PACKAGES,
  type PackageName,
  SOURCES,
  type SourceName,
} from './index.ts'

const fetchers = new Map<string, () => Promise<string>>([['tools', fetchTools]])
for (const name of Object.keys(SOURCES) as SourceName[]) {
  fetchers.set(name, () => fetchSource(name))
}
for (const name of Object.keys(PACKAGES) as PackageName[]) {
  fetchers.set(name, () => fetchPackage(name))
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !fetchers.has(name))
if (unknown.length > 0) {
  process.stderr.write(`no such source: ${unknown}; there are ${[...fetchers.keys()].join(', ')}\n`)
  process.exit(2)
}
for (const [name, fetch] of fetchers) {
  if (names.length > 0 && !names.includes(name)) continue
  process.stdout.write(`${name}\t${await fetch()}\n`)
}

// node test/wasm/sources/run.ts [NAME...]: fetches sources (all of them by default) and the compiler, and says where they are.
import { fetchSource, fetchTools, SOURCES, type SourceName } from './index.ts'

const names = process.argv.slice(2)
const known = Object.keys(SOURCES) as SourceName[]
const unknown = names.filter((name) => name !== 'tools' && !known.includes(name as SourceName))
if (unknown.length > 0) {
  process.stderr.write(`no such source: ${unknown}; there are tools, ${known.join(', ')}\n`)
  process.exit(2)
}
for (const name of names.length > 0 ? names : ['tools', ...known]) {
  const folder = name === 'tools' ? await fetchTools() : await fetchSource(name as SourceName)
  process.stdout.write(`${name}\t${folder}\n`)
}

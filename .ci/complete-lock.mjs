// npm drops an optional package of another platform from the lock when the registry at hand does not serve it, and `npm ci` then refuses the
// lock as incomplete. Adds such packages back by version, bound to their platform, so that only that platform asks for them.
// Usage, after `npm install`: npm run lock
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const systems = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
  'aix',
]
const processors = [
  'arm64',
  'arm',
  'x64',
  'ia32',
  'ppc64',
  'riscv64',
  's390x',
  'loong64',
  'mips64el',
  'wasm32',
]
const aliases = { amd64: 'x64', windows: 'win32' }

const platformOf = (name) => {
  const words = name.split(/[^a-z0-9]+/).map((word) => aliases[word] ?? word)
  const find = (known) => known.filter((word) => words.includes(word))
  const [os, cpu] = [find(systems), find(processors)]
  if (os.length === 0 && cpu.length === 0) return null
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(words.some((word) => word.startsWith('musl')) && { libc: ['musl'] }),
    ...(os.length > 0 && { os }),
  }
}

let added = 0
for (const { dev, optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const [name, range] of Object.entries(optionalDependencies)) {
    const path = `node_modules/${name}`
    const platform = platformOf(name)
    if (lock.packages[path] || !platform || !/^\d/.test(range)) continue
    lock.packages[path] = { version: range, ...platform, ...(dev && { dev }), optional: true }
    added += 1
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)),
)
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${added} packages of other platforms added\n`)

// npm run test:wasi -- FOLDER...: runs every WASI preview 1 program in the folders with the JSON specification beside it, in the format of
// the public WASI test suite, metered, against Souk's own WASI; prints what failed, and `N passed, N failed`. Components are not preview 1: they are left out.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { runTest } from './run-test.ts'
import { readSpecification } from './specification.ts'

const folders = process.argv.slice(2)
if (folders.length === 0) {
  process.stderr.write('usage: npm run test:wasi -- FOLDER...\n')
  process.exit(2)
}

const programs = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.wasm'))
    .sort()
    .map((path) => join(folder, path)),
)

// A module has 1, 0 where a component has 13, 0 and then its layer.
const isModule = (bytes: Uint8Array): boolean => bytes[4] === 1

const complaintAbout = (path: string, module: Uint8Array): string | null => {
  const json = path.replace(/\.wasm$/, '.json')
  try {
    const wanted = readSpecification(existsSync(json) ? readFileSync(json, 'utf8') : null)
    return runTest(module, { folder: dirname(path), name: basename(path) }, wanted)
  } catch (error) {
    return String(error)
  }
}

let passed = 0
let failed = 0
for (const path of programs) {
  const module = new Uint8Array(readFileSync(path))
  if (!isModule(module)) continue
  const complaint = complaintAbout(path, module)
  if (complaint === null) passed += 1
  else {
    failed += 1
    process.stdout.write(`FAILED ${path}: ${complaint}\n`)
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import solc from 'solc'

const args = process.argv.slice(2)
const valuesOf = (flag) => args.flatMap((arg, index) => (arg === flag ? [args[index + 1]] : []))

const folders = [valuesOf('--base-path')[0] ?? process.cwd(), ...valuesOf('--include-path')]
const readImport = (path) => {
  const file = folders.map((folder) => resolve(folder, path)).find(existsSync)
  return file ? { contents: readFileSync(file, 'utf8') } : { error: `File not found: ${path}` }
}

// Forge reads the platform from the version text and refuses Emscripten's.
const version = solc.version().replace('Emscripten.clang', 'Linux.g++')
const answer = args.includes('--version')
  ? `solc, the solidity compiler commandline interface\nVersion: ${version}\n`
  : solc.compile(readFileSync(0, 'utf8'), { import: readImport })
process.stdout.write(answer)

// Whether contracts/abi is fresh can be told without the compiler: by all that goes into it, and all that came out.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** SHA-256 in hex: of sources, compiler settings and versions, and of the files generated from them. */
export type Digests = { sources: string; generated: string }

const sha256 = (parts: readonly string[]): string => {
  const hash = createHash('sha256')
  // A length before each part, so that nothing can move from one into the next.
  for (const part of parts) hash.update(`${part.length}:${part}`)
  return hash.digest('hex')
}

// A checkout may end its lines as its system does.
const textOf = (path: string): string => readFileSync(path, 'utf8').replaceAll('\r\n', '\n')

const versionOf = (contracts: string, name: string): string =>
  JSON.parse(textOf(join(contracts, '../node_modules', name, 'package.json'))).version

/** `contracts` is the folder of the sources; `generated` the text of every generated file. */
export const digestsOf = (contracts: string, generated: readonly string[]): Digests => {
  const sources = readdirSync(join(contracts, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.sol'))
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
  return {
    sources: sha256([
      ...sources.flatMap((path) => [path, textOf(join(contracts, 'src', path))]),
      textOf(join(contracts, 'foundry.toml')),
      versionOf(contracts, 'solc'),
      versionOf(contracts, '@openzeppelin/contracts'),
    ]),
    generated: sha256(generated.map((text) => text.replaceAll('\r\n', '\n'))),
  }
}

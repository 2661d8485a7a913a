import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Bytes } from './bytes.ts'

const WASM_OPT = fileURLToPath(
  new URL('../../../node_modules/binaryen/bin/wasm-opt', import.meta.url),
)
const FEATURES = [
  'bulk-memory',
  'bulk-memory-opt',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
  'simd',
  'tail-call',
]

/** Bytes that follow from a seed. */
const randomBytes = (seed: string, size: number): Buffer => {
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, index) =>
    createHash('sha256').update(`${seed}:${index}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, size)
}

const START_SECTION = 8

// What runs while a module is made has no fuel yet.
const withoutStart = (source: Uint8Array): Uint8Array => {
  const bytes = new Bytes(source, 8, source.length)
  while (bytes.at < bytes.end) {
    const from = bytes.at
    const id = bytes.u8()
    bytes.skip(bytes.u32())
    if (id !== START_SECTION) continue
    return Buffer.concat([source.subarray(0, from), source.subarray(bytes.at)])
  }
  return source
}

export type Generated = { bytes: Uint8Array; hasNans: boolean }

/** A random module that ends, made by binaryen; in every other one no NaN ever arises. */
export const generate = (seed: string, folder: string): Generated => {
  const [high = 0, low = 0, choice = 0] = randomBytes(`${seed}:size`, 3)
  const input = join(folder, 'random')
  const output = join(folder, 'module.wasm')
  const hasNans = choice % 2 === 1
  writeFileSync(input, randomBytes(seed, 100 + ((high << 8) | low) / 8))
  const features = FEATURES.map((name) => `--enable-${name}`)
  const args = [input, '-ttf', '-mvp', ...features, ...(hasNans ? [] : ['--denan'])]
  const made = spawnSync(process.execPath, [WASM_OPT, ...args, '-o', output], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`wasm-opt: ${made.stderr.slice(0, 500)}`)
  return { bytes: withoutStart(new Uint8Array(readFileSync(output))), hasNans }
}

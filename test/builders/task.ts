import fc from 'fast-check'
import { type Cid, toHex } from '../../protocols/common/index.ts'
import type { ResultManifest, TaskManifest } from '../../protocols/execution/index.ts'
import { cidOfHash } from '../../protocols/network/index.ts'
import { anyValue, hash } from './messages.ts'

/** The content id of a recognisable hash. */
export const cid = (number: number): Cid => cidOfHash(hash(number))

export const aManifest = (changes: Partial<TaskManifest> = {}): TaskManifest => ({
  module: cid(1),
  args: ['program', '--tile', '3'],
  env: { LANG: 'C', HOME: '/' },
  stdin: cid(2),
  files: { 'in/a.txt': cid(3), 'in/b.txt': cid(4) },
  outputs: ['out/tile.png', 'log'],
  limits: { fuel: 1_000_000_000n, memoryPages: 256, outputBytes: 1 << 20, wallMs: 60_000 },
  tags: { taskType: 'compute', industry: 'media', region: '' },
  engine: hash(2),
  ...changes,
})

export const aResult = (changes: Partial<ResultManifest> = {}): ResultManifest => ({
  verdict: 'exit',
  exitCode: 0,
  fuelUsed: 900_000_000n,
  stdout: cid(5),
  stderr: cid(6),
  files: { log: cid(7), 'out/tile.png': cid(8) },
  ...changes,
})

const anyCid = anyValue.bytes32.map(cidOfHash)
const textOf = (maxLength: number) =>
  fc.string({ unit: 'grapheme', maxLength }).filter((text) => !text.includes('\0'))
const anyText = textOf(30)
const anyTag = textOf(6)
const anyName = anyText.filter((name) => name !== '' && !name.includes('='))
// Leaves only: no path can lead through another.
const anyPath = fc
  .tuple(fc.nat({ max: 3 }), fc.uint8Array({ minLength: 1, maxLength: 10 }))
  .map(([depth, name]) => `${'folder/'.repeat(depth)}f${toHex(name)}`)
const anyMap = <T>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<T>) =>
  fc.dictionary(keys, values, { maxKeys: 8, noNullPrototype: true })

/** Any valid manifest. */
export const anyManifest: fc.Arbitrary<TaskManifest> = fc.record(
  {
    module: anyCid,
    args: fc.array(anyText, { maxLength: 8 }),
    env: anyMap(anyName, anyText),
    stdin: fc.option(anyCid, { nil: null }),
    files: anyMap(anyPath, anyCid),
    outputs: fc.uniqueArray(anyPath, { maxLength: 8 }),
    limits: fc.record(
      {
        fuel: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
        memoryPages: fc.integer({ min: 1, max: 65_536 }),
        outputBytes: fc.integer({ min: 0, max: 2 ** 32 }),
        wallMs: fc.integer({ min: 1, max: 86_400_000 }),
      },
      { noNullPrototype: true },
    ),
    tags: fc.record(
      { taskType: anyTag, industry: anyTag, region: anyTag },
      { noNullPrototype: true },
    ),
    engine: anyValue.bytes32,
  },
  { noNullPrototype: true },
)

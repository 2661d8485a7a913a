import assert from 'node:assert/strict'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, it } from 'mocha'
import { digestInPieces } from '../../../node/execution/digest.ts'
import {
  resultHash as hashOf,
  type RunResult,
  VERDICT_CODES,
  verdictKindOf,
} from '../../../protocols/execution/index.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const aResult = (changes: Partial<RunResult> = {}): RunResult => ({
  taskHash: `0x${'11'.repeat(32)}`,
  kind: 'exit',
  exitCode: 0,
  stdout: text('out'),
  stderr: text('err'),
  files: new Map([
    ['a.txt', text('first')],
    ['b.txt', text('second')],
  ]),
  fuelUsed: 123_456_789n,
  engineHash: `0x${'22'.repeat(32)}`,
  ...changes,
})

const resultHash = (result: RunResult) => hashOf(result, async (bytes) => keccak_256(bytes))

describe('the hash of a result', () => {
  it('is keccak256 of the documented 173 bytes', async () => {
    const pair = (path: string, content: string) =>
      hex(keccak_256(text(path))) + hex(keccak_256(text(content)))
    const pairs = [pair('a.txt', 'first'), pair('b.txt', 'second')].sort().join('')
    const bytes = [
      '11'.repeat(32),
      '04',
      'fffffffe',
      hex(keccak_256(text('out'))),
      hex(keccak_256(text('err'))),
      hex(keccak_256(Buffer.from(pairs, 'hex'))),
      '00000000075bcd15',
      '22'.repeat(32),
    ].join('')
    assert.equal(bytes.length, 173 * 2)
    assert.equal(
      await resultHash(aResult({ kind: 'output-limit', exitCode: -2 })),
      `0x${hex(keccak_256(Buffer.from(bytes, 'hex')))}`,
    )
  })

  it('does not depend on the order of the files', async () => {
    const files = new Map([...aResult().files].reverse())
    assert.equal(await resultHash(aResult({ files })), await resultHash(aResult()))
  })

  it('changes with every field', async () => {
    const changes: Partial<RunResult>[] = [
      { taskHash: `0x${'12'.repeat(32)}` },
      { kind: 'trap' },
      { exitCode: 1 },
      { stdout: text('other') },
      { stderr: text('other') },
      { files: new Map([['a.txt', text('first')]]) },
      { files: new Map() },
      {
        files: new Map([
          ['a.txt', text('second')],
          ['b.txt', text('first')],
        ]),
      },
      { fuelUsed: 1n },
      { fuelUsed: (1n << 64n) - 1n },
      { engineHash: `0x${'23'.repeat(32)}` },
    ]
    const hashes = await Promise.all([{}, ...changes].map((change) => resultHash(aResult(change))))
    assert.equal(new Set(hashes).size, hashes.length)
  })
})

describe('the kinds of verdict', () => {
  it('have codes that lead back to them', () => {
    for (const [kind, code] of Object.entries(VERDICT_CODES))
      assert.equal(verdictKindOf(code), kind)
    assert.equal(verdictKindOf(5), null)
  })
})

describe('a digest in pieces', () => {
  it('is the digest of the whole', async () => {
    for (const size of [0, 1, 256 << 10, (256 << 10) + 1, 1_000_003]) {
      const bytes = new Uint8Array(size).map((_, index) => index * 7)
      assert.deepEqual(await digestInPieces(bytes), keccak_256(bytes))
    }
  })
})

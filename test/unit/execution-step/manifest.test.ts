import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  type CborValue,
  decodeCbor,
  encodeCbor,
  faultCode,
} from '../../../protocols/common/index.ts'
import {
  decodeManifest,
  decodeResultManifest,
  encodeManifest,
  encodeResultManifest,
  guestLimitsOf,
  MAX_MANIFEST_BYTES,
  type ResultManifest,
  type TaskManifest,
  taskHashOf,
  VERDICT_CODES,
} from '../../../protocols/execution/index.ts'
import { RECEIPT_OUTCOME } from '../../../protocols/market/index.ts'
import { cidOfHash } from '../../../protocols/network/index.ts'
import { hash } from '../../builders/messages.ts'
import { aManifest, anyManifest, aResult, cid } from '../../builders/task.ts'

const wireOf = (bytes: Uint8Array) => decodeCbor(bytes) as CborValue[]
const sameTags = (tag: string) => ({ taskType: tag, industry: '', region: '' })
const limits = (changes: Partial<TaskManifest['limits']>) => ({
  limits: { ...aManifest().limits, ...changes },
})
const many = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)
const mapOf = (names: string[], value: string) =>
  Object.fromEntries(names.map((name) => [name, value]))

describe('a manifest', () => {
  it('comes back from its bytes, whatever it holds', () => {
    fc.assert(
      fc.property(anyManifest, (manifest) => {
        assert.deepEqual(decodeManifest(encodeManifest(manifest)), manifest)
      }),
    )
  })

  it('has one form: the order in which maps were filled does not matter', () => {
    const forward = aManifest({ env: { A: '1', B: '2' }, files: { a: cid(1), b: cid(2) } })
    const backward = aManifest({ env: { B: '2', A: '1' }, files: { b: cid(2), a: cid(1) } })
    assert.deepEqual(encodeManifest(forward), encodeManifest(backward))
  })

  it('keeps names that JavaScript treats specially', () => {
    const env = Object.fromEntries([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
    const back = decodeManifest(encodeManifest(aManifest({ env })))
    assert.deepEqual(Object.entries(back?.env ?? {}), Object.entries(env))
  })

  it('is named by the SHA-256 of its bytes, which its content id holds', () => {
    const bytes = encodeManifest(aManifest())
    const digest = createHash('sha256').update(bytes).digest('hex')
    assert.equal(taskHashOf(bytes), `0x${digest}`)
    assert.match(cidOfHash(taskHashOf(bytes)), /^bafkrei/)
  })
})

describe('an invalid manifest', () => {
  const invalid: [string, Partial<TaskManifest>][] = [
    ['no module', { module: '' }],
    ['a module named in base58', { module: 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG' }],
    ['a module id in upper case', { module: cid(1).toUpperCase() }],
    ['a module id that goes on', { module: `${cid(1)}a` }],
    ['an endless module id', { module: `b${'a'.repeat(200)}` }],
    ['an argument with a zero byte', { args: ['a\0b'] }],
    ['an argument that is no text', { args: ['\ud800'] }],
    ['a long argument', { args: ['x'.repeat(16_385)] }],
    ['too many arguments', { args: many(1025) }],
    ['a nameless variable', { env: { '': 'x' } }],
    ['a variable with = in its name', { env: { 'A=B': 'x' } }],
    ['a variable with a zero byte', { env: { A: '\0' } }],
    ['a variable with a long name', { env: { ['A'.repeat(256)]: 'x' } }],
    ['too many variables', { env: mapOf(many(1025), '') }],
    ['stdin that is no content id', { stdin: 'stdin' }],
    ['a file that is no content id', { files: { a: 'b' } }],
    ['a file at an absolute path', { files: { '/etc/passwd': cid(1) } }],
    ['a file above its folder', { files: { '../x': cid(1) } }],
    ['a file at a roundabout path', { files: { 'a/./b': cid(1) } }],
    ['a file with an empty segment', { files: { 'a//b': cid(1) } }],
    ['a file that ends in a slash', { files: { 'a/': cid(1) } }],
    ['a file without a name', { files: { '': cid(1) } }],
    ['a file with a long path', { files: { [`${'é'.repeat(128)}`]: cid(1) } }],
    ['a file that is a folder', { files: { a: cid(1), 'a/b': cid(2) } }],
    ['an output within a file', { files: { a: cid(1) }, outputs: ['a/b/c'] }],
    ['an output twice', { outputs: ['a', 'a'] }],
    ['an output at an absolute path', { outputs: ['/a'] }],
    ['too many outputs', { outputs: many(129) }],
    ['too many files', { files: mapOf(many(1025), cid(1)) }],
    [
      'too many directories',
      { files: Object.fromEntries(many(100).map((name) => [`${name}${'/d'.repeat(60)}`, cid(1)])) },
    ],
    ['no fuel', limits({ fuel: 0n })],
    ['negative fuel', limits({ fuel: -1n })],
    ['more fuel than can be counted', limits({ fuel: 1n << 64n })],
    ['no memory', limits({ memoryPages: 0 })],
    ['too much memory', limits({ memoryPages: 65_537 })],
    ['half a page', limits({ memoryPages: 0.5 })],
    ['negative output', limits({ outputBytes: -1 })],
    ['endless output', limits({ outputBytes: 2 ** 33 })],
    ['no time', limits({ wallMs: 0 })],
    ['more than a day', limits({ wallMs: 86_400_001 })],
    ['a time that is no number', limits({ wallMs: Number.NaN })],
    ['a long tag', { tags: sameTags('x'.repeat(161)) }],
    ['an engine that is no hash', { engine: '0x12' }],
    ['more than 64 KiB', { args: many(1000).map((text) => text.repeat(30)) }],
  ]
  for (const [what, changes] of invalid) {
    it(`is not encoded: ${what}`, () => {
      assert.throws(
        () => encodeManifest(aManifest(changes)),
        (error) => faultCode(error) === 'MANIFEST_INVALID',
      )
    })
  }
})

describe('bytes that are no manifest', () => {
  const wire = wireOf(encodeManifest(aManifest()))
  const changed: [string, CborValue][] = [
    ['an item too many', [...wire, null]],
    ['an item too few', wire.slice(0, -1)],
    ['a map instead of an array', { module: cid(1) }],
    ['null', null],
    ['a module in bytes', wire.with(0, new Uint8Array(36))],
    ['a path above its folder', wire.with(4, [['../x', cid(1)]])],
    ['arguments that are no texts', wire.with(1, [1])],
    ['an environment as a map', wire.with(2, { A: 'x' })],
    ['an environment out of order', wire.with(2, [...(wire[2] as CborValue[])].reverse())],
    [
      'a variable twice',
      wire.with(2, [
        ['A', 'x'],
        ['A', 'x'],
      ]),
    ],
    ['a variable with two values', wire.with(2, [['A', 'x', 'y']])],
    ['a variable that is a number', wire.with(2, [['A', 1]])],
    ['stdin that is a number', wire.with(3, 0)],
    ['files out of order', wire.with(4, [...(wire[4] as CborValue[])].reverse())],
    ['outputs that are no texts', wire.with(5, [null])],
    ['limits too few', wire.with(6, [1, 1, 1])],
    ['fuel as text', wire.with(6, ['1', 1, 1, 1])],
    ['negative fuel', wire.with(6, [-1, 1, 1, 1])],
    ['memory as a big number', wire.with(6, [1, 2n ** 60n, 1, 1])],
    ['time as text', wire.with(6, [1, 1, 1, '1'])],
    ['two tags', wire.with(7, ['a', 'b'])],
    ['an engine as text', wire.with(8, hash(2))],
    ['a short engine', wire.with(8, new Uint8Array(31))],
  ]
  for (const [what, value] of changed) {
    it(`are refused: ${what}`, () => {
      assert.equal(decodeManifest(encodeCbor(value)), null)
    })
  }

  it('are refused: every cut, every appended byte, and too many', () => {
    const bytes = encodeManifest(aManifest())
    for (const length of bytes.keys()) {
      assert.equal(decodeManifest(bytes.subarray(0, length)), null)
    }
    assert.equal(decodeManifest(Uint8Array.of(...bytes, 0)), null)
    assert.equal(decodeManifest(new Uint8Array(MAX_MANIFEST_BYTES + 1)), null)
  })

  it('are refused, or mean something else: every flipped bit', () => {
    const bytes = encodeManifest(aManifest())
    for (const index of bytes.keys()) {
      for (const bit of [1, 0x10, 0x80]) {
        const flipped = bytes.with(index, (bytes[index] ?? 0) ^ bit)
        const manifest = decodeManifest(flipped)
        if (manifest) assert.deepEqual(encodeManifest(manifest), flipped)
      }
    }
  })

  it('are refused where a number is written in more bytes than it needs', () => {
    const bytes = encodeManifest(aManifest({ limits: { ...aManifest().limits, memoryPages: 5 } }))
    // 05 (pages) stands before the five bytes of outputBytes.
    const at = bytes.findIndex((byte, index) => byte === 5 && bytes[index + 1] === 0x1a)
    const padded = Uint8Array.of(...bytes.subarray(0, at), 0x18, 5, ...bytes.subarray(at + 1))
    assert.ok(at > 0)
    assert.ok(decodeManifest(bytes))
    assert.equal(decodeManifest(padded), null)
  })
})

describe('a result manifest', () => {
  it('comes back from its bytes', () => {
    const results = [
      aResult(),
      aResult({ verdict: 'trap', exitCode: -1, fuelUsed: 0n, files: {} }),
      aResult({ exitCode: 2 ** 31 - 1, fuelUsed: (1n << 64n) - 1n }),
    ]
    for (const result of results) {
      assert.deepEqual(decodeResultManifest(encodeResultManifest(result)), result)
    }
  })

  it('fits into a frame beside its receipt when it has all the files a task may declare', () => {
    const paths = many(128).map((name) => name.padEnd(255, 'x'))
    const bytes = encodeResultManifest(aResult({ files: mapOf(paths, cid(1)) }))
    assert.ok(bytes.length <= 49_152)
  })

  const invalid: [string, Partial<ResultManifest>][] = [
    ['a verdict nobody knows', { verdict: 'host-failure' as 'exit' }],
    ['a wide exit code', { exitCode: 2 ** 31 }],
    ['half an exit code', { exitCode: 0.5 }],
    ['negative fuel', { fuelUsed: -1n }],
    ['stdout that is no content id', { stdout: '' }],
    ['stderr that is no content id', { stderr: 'x' }],
    ['a file above its folder', { files: { '../x': cid(1) } }],
    ['a file that is no content id', { files: { x: 'x' } }],
    ['too many files', { files: mapOf(many(129), cid(1)) }],
  ]
  for (const [what, changes] of invalid) {
    it(`is not encoded: ${what}`, () => {
      assert.throws(
        () => encodeResultManifest(aResult(changes)),
        (error) => faultCode(error) === 'RESULT_INVALID',
      )
    })
  }

  const wire = wireOf(encodeResultManifest(aResult()))
  const changed: [string, CborValue][] = [
    ['an item too many', [...wire, null]],
    ['an item too few', wire.slice(0, -1)],
    ['an unknown verdict', wire.with(0, 'exited')],
    ['an exit code as text', wire.with(1, '0')],
    ['negative fuel', wire.with(2, -1)],
    ['stdout in bytes', wire.with(3, new Uint8Array(36))],
    ['no stderr', wire.with(4, null)],
    ['files out of order', wire.with(5, [...(wire[5] as CborValue[])].reverse())],
    ['files as a map', wire.with(5, {})],
    ['null', null],
  ]
  for (const [what, value] of changed) {
    it(`is not decoded: ${what}`, () => {
      assert.equal(decodeResultManifest(encodeCbor(value)), null)
    })
  }

  it('is not decoded: junk, and too much of it', () => {
    assert.equal(decodeResultManifest(Uint8Array.of(0xff)), null)
    assert.equal(decodeResultManifest(new Uint8Array(49_153)), null)
  })
})

describe('the limits of a guest', () => {
  it('are those of its task, outputs never above the defaults', () => {
    assert.deepEqual(guestLimitsOf({ fuel: 5n, memoryPages: 2, outputBytes: 100, wallMs: 3 }), {
      fuel: 5n,
      memoryPages: 2,
      stackUnits: 65_536,
      stdoutBytes: 100,
      stderrBytes: 100,
      fileBytes: 100,
      wallMs: 3,
    })
    const wide = guestLimitsOf({ fuel: 5n, memoryPages: 2, outputBytes: 2 ** 32, wallMs: 3 })
    assert.deepEqual(
      [wide.stdoutBytes, wide.stderrBytes, wide.fileBytes],
      [1 << 20, 64 << 10, 64 << 20],
    )
  })
})

describe('the numbers of outcomes', () => {
  it('are the same in receipts and in hashes', () => {
    assert.deepEqual({ ...RECEIPT_OUTCOME }, { ...VERDICT_CODES })
  })
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { decodeRecord, encodeRecord } from '../../../node/adapters/store/index.ts'

const kind = { name: 'things', version: 2 }
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.double({ noDefaultInfinity: true, noNaN: true }).filter((value) => !Object.is(value, -0)),
    fc.bigInt(),
    fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

describe('a record', () => {
  it('comes back exactly as it was written', () => {
    fc.assert(
      fc.property(plain.value, (value) => {
        assert.deepEqual(decodeRecord(kind, encodeRecord(2, value)), value)
      }),
    )
  })

  it('keeps small amounts as bigint and numbers as numbers', () => {
    const value = { amount: 5n, debt: -5n, none: 0n, count: 5, huge: (1n << 96n) - 1n }
    assert.deepEqual(decodeRecord(kind, encodeRecord(2, value)), value)
  })

  it('takes a property that is undefined as absent', () => {
    assert.deepEqual(decodeRecord(kind, encodeRecord(2, { a: 1, b: undefined })), { a: 1 })
  })

  it('keeps a property named __proto__ as data', () => {
    const value = JSON.parse('{"__proto__": {"admin": true}}')
    const read = decodeRecord<Record<string, unknown>>(kind, encodeRecord(2, value))
    assert.deepEqual(Object.keys(read), ['__proto__'])
    assert.equal(read.admin, undefined)
  })

  for (const value of [new Map(), new Date(0), new Float64Array(1), [undefined], () => {}]) {
    it(`refuses ${Object.prototype.toString.call(value)}, which would not come back`, () => {
      assert.throws(() => encodeRecord(1, value))
    })
  }
})

describe('a record of another version', () => {
  it('is upgraded when older', () => {
    const upgrade = (value: unknown, version: number) => `${value} of ${version}`
    assert.equal(decodeRecord({ ...kind, upgrade }, encodeRecord(1, 'news')), 'news of 1')
  })

  it('is refused when older than any upgrade', () => {
    assert.throws(() => decodeRecord(kind, encodeRecord(1, 'news')), { code: 'RECORD_TOO_OLD' })
  })

  it('is refused when newer than this node', () => {
    const upgrade = () => assert.fail('asked to upgrade')
    const read = () => decodeRecord({ ...kind, upgrade }, encodeRecord(3, 'news'))
    assert.throws(read, { code: 'RECORD_TOO_NEW' })
  })
})

describe('bytes that are no record', () => {
  it('are refused by name', () => {
    assert.throws(() => decodeRecord(kind, new Uint8Array([0xff, 0])), { code: 'RECORD_CORRUPT' })
    assert.throws(() => decodeRecord(kind, new Uint8Array([0x01])), { code: 'RECORD_CORRUPT' })
  })
})

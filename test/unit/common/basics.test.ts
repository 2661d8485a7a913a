import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  accept,
  Fault,
  faultCode,
  fromHex,
  ignore,
  reject,
  toHex,
} from '../../../protocols/common/index.ts'

describe('hex', () => {
  it('comes back as the same bytes, in lower case', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const hex = toHex(bytes)
        assert.equal(hex, `0x${Buffer.from(bytes).toString('hex')}`)
        assert.deepEqual(Buffer.from(fromHex(hex)), Buffer.from(bytes))
      }),
    )
  })
})

describe('a fault', () => {
  it('has a code, a message, a cause and details', () => {
    const cause = new Error('disk full')
    const fault = new Fault('STORE_UNAVAILABLE', 'The store is gone', { cause, folder: '/data' })
    assert.ok(fault instanceof Error)
    assert.deepEqual(
      [fault.name, fault.code, fault.message, fault.cause, fault.details],
      ['Fault', 'STORE_UNAVAILABLE', 'The store is gone', cause, { folder: '/data' }],
    )
  })

  it('without a cause has none', () => {
    assert.ok(!('cause' in new Fault('X', 'y')))
  })

  it('gives its code, and anything else thrown is INTERNAL', () => {
    assert.equal(faultCode(new Fault('TOO_LATE', 'x')), 'TOO_LATE')
    for (const thrown of [new Error('x'), 'x', null, undefined, { code: 'X' }]) {
      assert.equal(faultCode(thrown), 'INTERNAL')
    }
  })
})

describe('a verdict', () => {
  it('accepts, or ignores or rejects with a code', () => {
    assert.deepEqual(accept, { action: 'accept' })
    assert.deepEqual(ignore('LATE'), { action: 'ignore', code: 'LATE' })
    assert.deepEqual(reject('FORGED'), { action: 'reject', code: 'FORGED' })
  })
})

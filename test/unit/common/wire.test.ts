import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  type CborValue,
  decodeCbor,
  decodeSigned,
  encodeCbor,
  encodeSigned,
  fromWire,
  type Signature,
  signedFromWire,
  signedToWire,
  toWire,
  typedMessages,
} from '../../../protocols/common/index.ts'
import {
  anAuction,
  anyMessage,
  aPeerBinding,
  aReceipt,
  typedNames,
} from '../../builders/messages.ts'

const signature: Signature = `0x${'a1'.repeat(64)}1b`

describe('any signed message', () => {
  for (const name of typedNames) {
    it(`comes back from its bytes: ${name}`, () => {
      fc.assert(
        fc.property(anyMessage(name), (message) => {
          const signed = { message, signature }
          assert.deepEqual(decodeSigned(name, encodeSigned(name, signed)), signed)
          assert.deepEqual(signedFromWire(name, signedToWire(name, signed)), signed)
        }),
        { numRuns: 30 },
      )
    })
  }

  it('fits into gossip', () => {
    for (const name of typedNames) {
      const [message] = fc.sample(anyMessage(name), 1)
      assert.ok(message)
      assert.ok(encodeSigned(name, { message, signature }).length < 1_024, name)
    }
  })
})

/** What each type must refuse, though it looks close. */
const wrong: Record<string, CborValue[]> = {
  bytes32: [new Uint8Array(31), new Uint8Array(33), `0x${'00'.repeat(32)}`, null, 0],
  address: [new Uint8Array(19), new Uint8Array(32), '', null],
  bool: [0, 1, 'true', null],
  string: ['x'.repeat(257), 5, null, new Uint8Array(3)],
  int32: [2 ** 31, -(2 ** 31) - 1, 1n << 40n, 0.5, '1', null],
  uint8: [256, -1, 0.5, '1', null, true],
  uint16: [65_536, -1, null],
  uint32: [2 ** 32, -1, 1.5, null],
  uint40: [2 ** 40, -1, 1n << 41n, null],
  uint64: [1n << 64n, -1n, -1, 2 ** 64, '5', null],
  uint96: [new Uint8Array(11), new Uint8Array(13), 5, 5n, null],
}

describe('a field of the wrong type or range', () => {
  for (const name of typedNames) {
    it(`makes a ${name} malformed, whichever field it is`, () => {
      const [message] = fc.sample(anyMessage(name), 1)
      assert.ok(message)
      const wire = toWire(name, message)
      assert.notEqual(fromWire(name, wire), null)
      for (const [index, [field, type]] of typedMessages[name].entries()) {
        for (const value of wrong[type] ?? assert.fail(type)) {
          assert.equal(fromWire(name, wire.with(index, value)), null, `${field}: ${value}`)
        }
      }
    })
  }
})

describe('a message with a field missing or to spare', () => {
  it('is malformed', () => {
    const wire = toWire('Auction', anAuction())
    assert.equal(fromWire('Auction', wire.slice(0, -1)), null)
    assert.equal(fromWire('Auction', [...wire, 0]), null)
    assert.equal(fromWire('Auction', []), null)
    assert.equal(fromWire('Auction', { ...wire } as unknown as CborValue), null)
    assert.equal(fromWire('Auction', undefined), null)
    assert.equal(fromWire('Auction', null), null)
  })
})

describe('a signed message of the wrong form', () => {
  const wire = toWire('Receipt', aReceipt())
  const short = new Uint8Array(64)
  const good = new Uint8Array(65)
  const forms: [string, CborValue | undefined][] = [
    ['a compact signature', [wire, short]],
    ['no signature', [wire]],
    ['something after the signature', [wire, good, 0]],
    ['the signature in hex', [wire, signature]],
    ['a map', { 0: wire, 1: good }],
    ['another message', [toWire('Auction', anAuction()), good]],
    ['nothing', undefined],
  ]
  for (const [what, form] of forms) {
    it(`is malformed: ${what}`, () => assert.equal(signedFromWire('Receipt', form), null))
  }
})

describe('bytes that are not strict CBOR', () => {
  const bytes = encodeSigned('PeerBinding', { message: aPeerBinding(), signature })
  // validUntil is the last field, 0x1a and four bytes, before 67 bytes of signature. As a double it is the same number.
  const at = bytes.length - 67 - 5
  assert.equal(bytes[at], 0x1a)
  const double = new Uint8Array(9).fill(0xfb, 0, 1)
  new DataView(double.buffer).setFloat64(1, aPeerBinding().validUntil)
  const withFloat = new Uint8Array([...bytes.subarray(0, at), ...double, ...bytes.subarray(at + 5)])
  const withBrokenText = bytes.with(bytes.indexOf('1'.charCodeAt(0), 24), 0xff)
  const after = (...more: number[]) => new Uint8Array([...bytes, ...more])
  const forms: [string, Uint8Array][] = [
    ['nothing', new Uint8Array()],
    ['cut short', bytes.subarray(0, -1)],
    ['with a byte to spare', after(0)],
    ['an indefinite array', new Uint8Array([0x9f, ...bytes.subarray(1), 0xff])],
    ['a length in more bytes than needed', new Uint8Array([0x98, 0x02, ...bytes.subarray(1)])],
    ['a tag around it', new Uint8Array([0xd8, 0x18, ...bytes])],
    ['a float for an integer', withFloat],
    ['broken UTF-8', withBrokenText],
    ['deeply nested arrays', new Uint8Array(2_000).fill(0x81)],
    ['a huge announced length', new Uint8Array([0x9b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ]
  for (const [what, form] of forms) {
    it(`are malformed: ${what}`, () => assert.equal(decodeSigned('PeerBinding', form), null))
  }

  it('never make the decoder throw, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (wild) => {
        assert.equal(decodeSigned('PeerBinding', wild), null)
      }),
    )
  })

  it('never make the decoder throw when one byte is flipped, nor give back a message under other bytes', () => {
    const flips = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(flips, ([at, mask]) => {
        const flipped = bytes.slice()
        flipped[at] = (flipped[at] as number) ^ mask
        const decoded = decodeSigned('PeerBinding', flipped)
        if (decoded) assert.deepEqual(encodeSigned('PeerBinding', decoded), flipped)
      }),
    )
  })
})

describe('CBOR', () => {
  it('writes map keys in one order', () => {
    assert.deepEqual(encodeCbor({ b: 1, a: 2 }), encodeCbor({ a: 2, b: 1 }))
  })

  it('refuses a map that names a key twice', () => {
    assert.throws(() => decodeCbor(new Uint8Array([0xa2, 0x61, 0x61, 1, 0x61, 0x61, 2])))
  })
})

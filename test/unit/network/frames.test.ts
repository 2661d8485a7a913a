import assert from 'node:assert/strict'
import {
  array,
  assert as check,
  constantFrom,
  nat,
  property,
  string,
  tuple,
  uint8Array,
} from 'fast-check'
import { describe, it } from 'mocha'
import { type CborValue, encodeCbor, Fault } from '../../../protocols/common/index.ts'
import {
  createFrameReader,
  type Frame,
  MAX_FRAME_BYTES,
  prefixFrame,
  readFrame,
  writeFrame,
} from '../../../protocols/network/index.ts'

const hasCode = (code: string) => (error: unknown) => error instanceof Fault && error.code === code
const body = (frame: Frame) => createFrameReader().read(writeFrame(frame))[0] as Uint8Array

const frames: Frame[] = [
  { kind: 'hello', version: 1, network: 'local', envelope: new Uint8Array(9), maxInFlight: 64 },
  { kind: 'request', id: 0xffff_ffff, type: 'echo', body: ['x', 1, null] },
  { kind: 'answer', id: 0, body: null },
  { kind: 'fault', id: 7, code: 'PRICE_TOO_LOW', message: 'Not for this price' },
]

describe('a frame', () => {
  for (const frame of frames) {
    it(`of kind ${frame.kind} comes back as it was written`, () => {
      assert.deepEqual(readFrame(body(frame)), frame)
    })
  }

  it('carries at most 256 characters of a fault message', () => {
    const fault = { kind: 'fault', id: 1, code: 'A', message: 'x'.repeat(300) } as const
    assert.deepEqual(readFrame(body(fault)), { ...fault, message: 'x'.repeat(256) })
  })

  const malformed: [what: string, value: CborValue][] = [
    ['no array', { 0: 1 }],
    ['an empty array', []],
    ['an unknown kind', [9, 1, 'x', null]],
    ['a kind that is no number', ['1', 1, 'x', null]],
    ['a negative kind', [-1, 1, 'x', null]],
    ['a request without a body', [1, 1, 'x']],
    ['a request with more', [1, 1, 'x', null, null]],
    ['a request with a long type', [1, 1, 'x'.repeat(65), null]],
    ['an id that is too large', [2, 2 ** 32, null]],
    ['a fractional id', [2, 1.5, null]],
    ['an answer without a body', [2, 1]],
    ['an answer with more', [2, 1, null, null]],
    ['a fault with a lower-case code', [3, 1, 'oops', 'text']],
    ['a fault with a long message', [3, 1, 'OOPS', 'x'.repeat(257)]],
    ['a fault with more', [3, 1, 'OOPS', 'text', 1]],
    ['a hello with text for bytes', [0, 1, 'local', 'text', 64]],
    ['a hello with more', [0, 1, 'local', new Uint8Array(1), 64, 1]],
  ]
  for (const [what, value] of malformed) {
    it(`is malformed with ${what}`, () => assert.equal(readFrame(encodeCbor(value)), null))
  }

  it('is malformed when it is no CBOR, nested without end, or followed by more', () => {
    assert.equal(readFrame(new Uint8Array([0xff])), null)
    assert.equal(readFrame(new Uint8Array(60_000).fill(0x81)), null)
    assert.equal(readFrame(Uint8Array.of(...encodeCbor([2, 1, null]), 0)), null)
  })

  it('never makes the reader of arbitrary bytes throw', () => {
    return check(
      property(uint8Array({ maxLength: 200 }), (bytes) => readFrame(bytes) !== undefined),
    )
  })

  it('is refused over 64 KiB', () => {
    assert.equal(prefixFrame(new Uint8Array(MAX_FRAME_BYTES)).length, MAX_FRAME_BYTES + 3)
    assert.throws(
      () => prefixFrame(new Uint8Array(MAX_FRAME_BYTES + 1)),
      hasCode('FRAME_TOO_LARGE'),
    )
  })
})

describe('a stream of frames', () => {
  it('gives the same frames however it is cut into pieces', () => {
    const sizes = array(constantFrom(1, 2, 127, 128, 129, 16_383, 16_384, 65_536), {
      minLength: 1,
      maxLength: 4,
    })
    return check(
      property(tuple(sizes, array(nat(70_000), { maxLength: 6 }), string()), ([lengths, cuts]) => {
        const sent = lengths.map((length, index) => new Uint8Array(length).fill(index + 1))
        const stream = Buffer.concat(sent.map(prefixFrame))
        const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort(
          (a, b) => a - b,
        )
        const reader = createFrameReader()
        let at = 0
        const got = ends.flatMap((end) => {
          const piece = stream.subarray(at, end)
          at = end
          return reader.read(piece)
        })
        assert.equal(got.length, sent.length)
        assert.ok(
          got.every((frame, index) => Buffer.compare(frame, sent[index] as Uint8Array) === 0),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('costs no more for coming a byte at a time', () => {
    const frame = prefixFrame(new Uint8Array(MAX_FRAME_BYTES).fill(5))
    const reader = createFrameReader()
    const got = [...frame].flatMap((byte) => reader.read(Uint8Array.of(byte)))
    assert.equal(got[0]?.length, MAX_FRAME_BYTES)
  })

  const broken: [what: string, bytes: number[], code: string][] = [
    ['a frame over 64 KiB', [0x81, 0x80, 0x04], 'FRAME_TOO_LARGE'],
    ['a length without end', [0xff, 0xff, 0xff, 0xff], 'FRAME_TOO_LARGE'],
    ['an empty frame', [0], 'FRAME_INVALID'],
    ['a length in more bytes than it needs', [0x85, 0], 'FRAME_INVALID'],
  ]
  for (const [what, bytes, code] of broken) {
    it(`is lost with ${what}`, () => {
      assert.throws(() => createFrameReader().read(Uint8Array.from(bytes)), hasCode(code))
    })
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type CborValue, encodeCbor } from '../../../protocols/common/index.ts'
import {
  decodeTransferReply,
  decodeTransferRequest,
  encodeTransferReply,
  encodeTransferRequest,
  type TransferReply,
  type TransferRequest,
} from '../../../protocols/network/index.ts'

describe('a content request', () => {
  const requests: TransferRequest[] = [
    { kind: 'describe', cid: 'bafkrei' },
    { kind: 'send', first: 0, count: 1 },
    { kind: 'send', first: 1_000, count: 24 },
  ]
  for (const request of requests) {
    it(`comes back as it was encoded: ${JSON.stringify(request)}`, () => {
      assert.deepEqual(decodeTransferRequest(encodeTransferRequest(request)), request)
    })
  }
  const malformed: CborValue[] = [
    [],
    [0],
    [0, 1],
    [0, 'x'.repeat(129)],
    [0, 'x', 1],
    [1, 0],
    [1, 0, 0],
    [1, -1, 1],
    [1, 0, 1.5],
    [1, 1_000, 25],
    [1, 0, 1, 2],
    [2, 0, 1],
    'text',
  ]
  for (const value of malformed) {
    it(`is malformed as ${JSON.stringify(value).slice(0, 30)}`, () => {
      assert.equal(decodeTransferRequest(encodeCbor(value)), null)
    })
  }
  it('is malformed when it is no CBOR', () => {
    assert.equal(decodeTransferRequest(new Uint8Array([0xff])), null)
  })
})

describe('a content reply', () => {
  const replies: TransferReply[] = [
    { kind: 'described', size: 5, list: new Uint8Array([1, 2]) },
    { kind: 'sending' },
    { kind: 'missing' },
  ]
  for (const reply of replies) {
    it(`comes back as it was encoded: ${reply.kind}`, () => {
      assert.deepEqual(decodeTransferReply(encodeTransferReply(reply)), reply)
    })
  }
  const malformed: CborValue[] = [
    [],
    [2],
    [2, 1],
    [2, 1, 'x'],
    [2, -1, new Uint8Array()],
    [3, 1],
    [4, null],
    [9],
  ]
  for (const value of malformed) {
    it(`is malformed as ${JSON.stringify(value)}`, () => {
      assert.equal(decodeTransferReply(encodeCbor(value)), null)
    })
  }
})

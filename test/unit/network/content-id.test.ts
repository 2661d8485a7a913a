import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { assert as check, integer, property } from 'fast-check'
import { describe, it } from 'mocha'
import { type CborValue, encodeCbor, type Fault, toHex } from '../../../protocols/common/index.ts'
import {
  CHUNK_BYTES,
  chunkSize,
  chunksOf,
  cidOfHash,
  describeContent,
  hashOfCid,
  isContentOf,
  MAX_CONTENT_BYTES,
  readChunkList,
  readCid,
  requireCid,
} from '../../../protocols/network/index.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
const hello = new TextEncoder().encode('hello world')
// As Python's hashlib and base64 give them, without this library.
const HELLO = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
const EMPTY = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'

describe('a content id', () => {
  it('of small content is the one that IPFS gives', () => {
    assert.equal(describeContent(hello, sha256).cid, HELLO)
    assert.equal(describeContent(new Uint8Array(), sha256).cid, EMPTY)
    assert.equal(cidOfHash(toHex(sha256(hello))), HELLO)
    assert.equal(hashOfCid(HELLO), toHex(sha256(hello)))
    assert.deepEqual(readCid(HELLO)?.kind, 'whole')
  })

  it('of large content names the list of its chunks', () => {
    const { cid, list } = describeContent(new Uint8Array(CHUNK_BYTES + 1), sha256)
    assert.equal(readCid(cid)?.kind, 'list')
    assert.equal(hashOfCid(cid), null)
    assert.deepEqual(readCid(cid)?.digest, Uint8Array.from(sha256(list as Uint8Array)))
  })

  it('tells content from any other', () => {
    assert.equal(isContentOf(HELLO, hello, sha256), true)
    assert.equal(isContentOf(HELLO, hello.subarray(1), sha256), false)
  })

  const foreign = [
    '',
    'x',
    HELLO.toUpperCase(),
    `${HELLO}a`,
    'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG',
    // base58, another hash, another codec
    'zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA',
    'bafkr4ihfjt6dewkcpi2r7ab6eyrhd27suvfwm3o4wvxvuxlqfxe3wd2cmy',
    'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi',
  ]
  for (const cid of foreign) {
    it(`is not ${cid.slice(0, 12) || 'nothing'}`, () => {
      assert.equal(readCid(cid), null)
      assert.throws(
        () => requireCid(cid),
        (error: Fault) => error.code === 'CONTENT_ID_INVALID',
      )
    })
  }

  it('is not made for more than 256 MiB', () => {
    const huge = { length: MAX_CONTENT_BYTES + 1 } as Uint8Array
    assert.throws(
      () => describeContent(huge, sha256),
      (error: Fault) => error.code === 'CONTENT_TOO_LARGE',
    )
    assert.equal(isContentOf(HELLO, huge, sha256), false)
  })
})

describe('a chunk list', () => {
  it('has the size of the content and chunks that add up to it', () => {
    return check(
      property(integer({ min: CHUNK_BYTES + 1, max: CHUNK_BYTES * 6 }), (size) => {
        const bytes = new Uint8Array(size)
        const list = readChunkList(
          describeContent(bytes, () => new Uint8Array(32)).list as Uint8Array,
        )
        assert.ok(list)
        assert.equal(list.size, size)
        const sizes = list.chunks.map((_, index) => chunkSize(list, index))
        assert.deepEqual(
          sizes,
          chunksOf(bytes).map(({ length }) => length),
        )
      }),
      { numRuns: 30 },
    )
  })

  const digest = new Uint8Array(32)
  const malformed: [what: string, value: CborValue][] = [
    ['fields missing', []],
    ['a field too many', [CHUNK_BYTES + 1, [digest, digest], 1]],
    ['a size that fits one chunk', [CHUNK_BYTES, [digest]]],
    ['too few chunks', [CHUNK_BYTES + 1, [digest]]],
    ['too many chunks', [CHUNK_BYTES + 1, [digest, digest, digest]]],
    ['a short digest', [CHUNK_BYTES + 1, [digest, digest.subarray(1)]]],
    ['chunks that are no array', [CHUNK_BYTES + 1, 2]],
    ['more than may be', [MAX_CONTENT_BYTES + 1, Array.from({ length: 1025 }, () => digest)]],
    ['a size beyond numbers', [2n ** 63n, [digest]]],
  ]
  for (const [what, value] of malformed) {
    it(`is refused with ${what}`, () => assert.equal(readChunkList(encodeCbor(value)), null))
  }

  it('is refused when it is no CBOR', () => {
    assert.equal(readChunkList(new Uint8Array([0xff])), null)
  })
})

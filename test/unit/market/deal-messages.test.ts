import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { CborValue } from '../../../protocols/common/index.ts'
import { decodeCbor, encodeCbor, MAX_AMOUNT } from '../../../protocols/common/index.ts'
import {
  type BidMessage,
  decodeAccept,
  decodeBid,
  decodeBidReply,
  decodeCancel,
  decodeDeliver,
  decodeDeliverReply,
  decodeFail,
  decodeOffer,
  decodeOfferReply,
  decodeProgress,
  decodeProgressReply,
  decodeStart,
  decodeStatus,
  decodeStatusReply,
  decodeTranscriptPage,
  decodeTranscriptRequest,
  EMPTY,
  encodeAccept,
  encodeBid,
  encodeBidReply,
  encodeCancel,
  encodeDeliver,
  encodeDeliverReply,
  encodeFail,
  encodeOffer,
  encodeOfferReply,
  encodeProgress,
  encodeProgressReply,
  encodeStart,
  encodeStatus,
  encodeStatusReply,
  encodeTranscriptPage,
  encodeTranscriptRequest,
  isEmpty,
  type OfferReply,
  TRANSCRIPT_PAGE,
} from '../../../protocols/market/index.ts'
import { anAcceptance, aProgress, aReceipt, hash } from '../../builders/messages.ts'
import { aSale, signAs } from '../../builders/sale.ts'

const MAX_FRAME_BYTES = 65_536
const { auction, bid, award, agreement } = aSale()
const progress = signAs('provider', 'Progress', aProgress())
const receipt = signAs('provider', 'Receipt', aReceipt())
const acceptance = signAs('requester', 'Acceptance', anAcceptance())
const agreementHash = hash(10)
const delivery = { receipt, result: new Uint8Array(49_152), wallMs: 12, peakRssBytes: 2 ** 40 }
const failure = { agreementHash, code: 'WALL_TIMEOUT', message: 'too slow' }
const counter = {
  sliceFuel: 2n ** 63n,
  prepaid: 2n ** 90n,
  startBy: 1_750_000_020,
  reviewSeconds: 60,
}
const sealed = signAs('provider', 'SealedBid', {
  auctionId: hash(4),
  provider: bid.message.provider,
  commitment: hash(14),
})
const ack = signAs('requester', 'BidAck', { bidHash: hash(14), seenAt: 1_750_000_001 })
const transcript = {
  weights: { price: 40, reputation: 30, specialty: 20, eta: 10 },
  total: 250,
  bids: Array.from({ length: TRANSCRIPT_PAGE }, () => ({
    bid,
    reputation: 5_000,
    specialty: 10_000,
  })),
}
const status = { phase: 'delivered', receipt, acceptance }

type Message = {
  name: string
  value: unknown
  wire: CborValue
  decode: (body: CborValue) => unknown
}

const message = <T>(
  name: string,
  value: T,
  codec: [encode: (value: T) => CborValue, decode: (body: CborValue) => T | null],
): Message => ({ name, value, wire: codec[0](value), decode: codec[1] })

const messages: Message[] = [
  message('offer', { auction, bid, award, agreement }, [encodeOffer, decodeOffer]),
  message('offer reply', { providerSignature: bid.signature } as OfferReply, [
    encodeOfferReply,
    decodeOfferReply,
  ]),
  message('counter-offer', { counter } as OfferReply, [encodeOfferReply, decodeOfferReply]),
  message('bid', { kind: 'Bid', signed: bid } as BidMessage, [encodeBid, decodeBid]),
  message('commitment', { kind: 'SealedBid', signed: sealed } as BidMessage, [
    encodeBid,
    decodeBid,
  ]),
  message('bid reply', ack, [encodeBidReply, decodeBidReply]),
  message('transcript request', { auctionId: hash(4), from: 100 }, [
    encodeTranscriptRequest,
    decodeTranscriptRequest,
  ]),
  message('transcript page', transcript, [encodeTranscriptPage, decodeTranscriptPage]),
  message('start', { agreementHash }, [encodeStart, decodeStart]),
  message('progress', progress, [encodeProgress, decodeProgress]),
  message('progress reply', { paid: 110_000n }, [encodeProgressReply, decodeProgressReply]),
  message('delivery', delivery, [encodeDeliver, decodeDeliver]),
  message('delivery reply', { acceptance }, [encodeDeliverReply, decodeDeliverReply]),
  message('delivery reply without acceptance', { acceptance: null }, [
    encodeDeliverReply,
    decodeDeliverReply,
  ]),
  message('acceptance', { agreementHash, acceptance }, [encodeAccept, decodeAccept]),
  message('failure', failure, [encodeFail, decodeFail]),
  message('status request', { agreementHash }, [encodeStatus, decodeStatus]),
  message('status', status, [encodeStatusReply, decodeStatusReply]),
  message('status of work that has no receipt', { ...status, receipt: null, acceptance: null }, [
    encodeStatusReply,
    decodeStatusReply,
  ]),
  message('cancellation', { agreementHash, code: 'CANCELLED' }, [encodeCancel, decodeCancel]),
]

const anyJunk = fc.oneof(
  fc.constantFrom<CborValue>(null, true, -1, 1.5, 2n ** 63n, '', 'x'.repeat(300), []),
  fc.uint8Array({ maxLength: 70 }),
  fc.array(fc.oneof(fc.uint8Array({ maxLength: 33 }), fc.integer(), fc.string()), { maxLength: 5 }),
  fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }),
) as fc.Arbitrary<CborValue>

describe('every message of a deal', () => {
  for (const { name, value, wire, decode } of messages) {
    it(`comes back from its bytes, within one frame: ${name}`, () => {
      const bytes = encodeCbor(wire)
      assert.ok(bytes.length < MAX_FRAME_BYTES - 128)
      assert.deepEqual(decode(decodeCbor(bytes)), value)
    })

    it(`is refused with an item too many, too few, or replaced by junk: ${name}`, () => {
      const items = wire as CborValue[]
      assert.equal(decode([...items, null]), null)
      assert.equal(decode(items.slice(0, -1)), null)
      fc.assert(
        fc.property(fc.nat(items.length - 1), anyJunk, (index, junk) => {
          fc.pre(!isDeepStrictEqual(items[index], junk))
          assert.notDeepEqual(decode(items.with(index, junk)), value)
        }),
        { numRuns: 50 },
      )
      fc.assert(
        fc.property(anyJunk, (junk) => {
          const decoded = decode(junk)
          assert.ok(decoded === null || Array.isArray(junk))
        }),
        { numRuns: 50 },
      )
    })
  }
})

describe('amounts in answers', () => {
  it('have one form each, up to the largest', () => {
    for (const paid of [0n, 1n, 255n, 256n, MAX_AMOUNT]) {
      assert.deepEqual(decodeProgressReply(encodeProgressReply({ paid })), { paid })
    }
    for (const bytes of [[], [0, 1], new Array(13).fill(1)]) {
      assert.equal(decodeProgressReply([Uint8Array.from(bytes)]), null)
    }
    assert.equal(decodeProgressReply([5]), null)
  })
})

describe('texts in messages', () => {
  it('are cut to 200 characters by the sender and refused beyond by the receiver', () => {
    const sent = decodeFail(encodeFail({ ...failure, message: 'x'.repeat(500) }))
    assert.equal(sent?.message.length, 200)
    const [about, code] = encodeFail(failure) as CborValue[]
    assert.equal(decodeFail([about as CborValue, code as CborValue, 'x'.repeat(201)]), null)
  })

  it('stay whole characters when they are cut, so that they arrive as they were sent', () => {
    const wire = encodeFail({ ...failure, message: `${'x'.repeat(199)}\u{1f4a5}` })
    assert.deepEqual(decodeCbor(encodeCbor(wire)), wire)
  })

  it('hold codes in capitals only', () => {
    for (const code of ['', 'lower', '1ST', 'A B', `A${'B'.repeat(64)}`]) {
      assert.equal(decodeCancel(encodeCancel({ agreementHash, code })), null)
    }
  })

  it('hold a phase of at most 32 characters', () => {
    const long = { phase: 'x'.repeat(33), receipt: null, acceptance: null }
    assert.equal(decodeStatusReply(encodeStatusReply(long)), null)
  })
})

describe('a delivery', () => {
  it('is refused with a result too large for a frame', () => {
    const large = { ...delivery, result: new Uint8Array(49_153) }
    assert.equal(decodeDeliver(encodeDeliver(large)), null)
  })

  it('is refused with negative facts', () => {
    assert.equal(decodeDeliver(encodeDeliver({ ...delivery, wallMs: -1 })), null)
    assert.equal(decodeDeliver(encodeDeliver({ ...delivery, peakRssBytes: 0.5 })), null)
  })
})

describe('the empty answer', () => {
  it('is an empty array and nothing else', () => {
    assert.equal(isEmpty(EMPTY), true)
    for (const body of [null, [null], {}, ''] as CborValue[]) assert.equal(isEmpty(body), false)
  })
})

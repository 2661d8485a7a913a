import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  ackFromWire,
  ackToWire,
  MAX_SYNC_DEALS,
  paramsFromWire,
  paramsToWire,
  payAnswerFromWire,
  payAnswerToWire,
  payFromWire,
  payToWire,
  refundFromWire,
  refundToWire,
  syncFromWire,
  syncToWire,
  termsAnswerFromWire,
  termsAnswerToWire,
  termsFromWire,
  termsToWire,
} from '../../../protocols/channel/index.ts'
import {
  type CborValue,
  decodeCbor,
  encodeCbor,
  MAX_AMOUNT,
} from '../../../protocols/common/index.ts'
import { channelId, hashOf, NOW, PAYEE, params, promise, signBy, signed } from './paper.ts'

const signature = signBy(PAYEE)(hashOf('x'))
const terms = { channelId, epoch: 0, payA: 7n, payB: MAX_AMOUNT, validUntil: NOW }
const pay = { channelId, promise: promise(3n), agreementHash: hashOf(1), paid: 3n, memo: hashOf(2) }
const rebase = {
  ...{ channelId, epoch: 1, newDepA: 1n, newDepB: 2n, outA: 3n, outB: 4n },
  validUntil: NOW,
}
const sync = {
  channelId,
  params: { ...params, salt: (1n << 64n) - 1n },
  promise: promise(3n),
  back: promise(4n),
  seen: { epoch: 3, deposit: 5n, amountB: MAX_AMOUNT },
  rebase: { terms: rebase, signatureA: signature, signatureB: null },
  offer: { terms, signatureA: null, signatureB: signature },
  deals: [{ agreementHash: hashOf(1), paid: 3n, refunded: MAX_AMOUNT }],
}
const refund = signed('Refund', { agreementHash: hashOf(1), channelId, amount: 9n }, PAYEE)

const nothing = { promise: null, back: null, offer: null, rebase: null, deals: [] }

type Codec = { value: unknown; wire: CborValue; read: (wire: CborValue) => unknown }
const codecs: Record<string, Codec> = {
  proposal: { value: params, wire: paramsToWire(params), read: paramsFromWire },
  payment: { value: [pay], wire: payToWire([pay]), read: payFromWire },
  'payment by credit': {
    value: [{ ...pay, promise: null }],
    wire: payToWire([{ ...pay, promise: null }]),
    read: payFromWire,
  },
  'payment answers': {
    value: [5n, 'CHANNEL_UNKNOWN'],
    wire: payAnswerToWire([5n, 'CHANNEL_UNKNOWN']),
    read: (wire) => payAnswerFromWire(wire, 2),
  },
  acknowledgement: { value: 5n, wire: ackToWire(5n), read: ackFromWire },
  refund: { value: refund, wire: refundToWire(refund), read: refundFromWire },
  close: {
    value: terms,
    wire: termsToWire('CoopClose', terms),
    read: (wire) => termsFromWire('CoopClose', wire),
  },
  rebase: {
    value: rebase,
    wire: termsToWire('Rebase', rebase),
    read: (wire) => termsFromWire('Rebase', wire),
  },
  'close answer': {
    value: signature,
    wire: termsAnswerToWire(signature),
    read: termsAnswerFromWire,
  },
  sync: { value: sync, wire: syncToWire(sync), read: syncFromWire },
  'empty sync': {
    value: { ...sync, ...nothing },
    wire: syncToWire({ ...sync, ...nothing }),
    read: syncFromWire,
  },
}

/** Every copy of the value in which one item, at any depth, is another. */
const spoilt = (value: CborValue, junk: CborValue): CborValue[] => {
  if (!Array.isArray(value)) return [junk]
  const items = value as readonly CborValue[]
  const within = items.flatMap((item, at) =>
    spoilt(item, junk).map((worse) => items.map((other, place) => (place === at ? worse : other))),
  )
  const shorter = items.length > 1 ? [items.slice(1)] : []
  return [junk, [...items, junk], ...shorter, ...within]
}

describe('every message of a channel', () => {
  for (const [name, { value, wire, read }] of Object.entries(codecs)) {
    it(`survives the wire: ${name}`, () =>
      assert.deepEqual(read(decodeCbor(encodeCbor(wire))), value))

    it(`is refused when any part of it is junk: ${name}`, () => {
      for (const junk of ['text', -1, 1.5, new Uint8Array(3), {}] as CborValue[]) {
        for (const bad of spoilt(wire, junk)) assert.equal(read(bad), null)
      }
    })

    it(`never throws: ${name}`, () => {
      const anything = fc.letrec<{ value: CborValue }>((tie) => ({
        value: fc.oneof(
          { maxDepth: 3 },
          fc.constant(null),
          fc.boolean(),
          fc.integer(),
          fc.bigInt(),
          fc.uint8Array({ maxLength: 66 }),
          fc.array(tie('value'), { maxLength: 9 }),
        ),
      })).value
      fc.assert(
        fc.property(anything, (junk) => void read(junk)),
        { numRuns: 200 },
      )
    })
  }

  it('that lists more deals than allowed is refused', () => {
    const deals = Array.from({ length: MAX_SYNC_DEALS + 1 }, () => sync.deals[0] as never)
    assert.equal(syncFromWire(syncToWire({ ...sync, deals })), null)
    const most = syncToWire({ ...sync, deals: deals.slice(1) })
    assert.notEqual(syncFromWire(most), null)
    assert.ok(encodeCbor(most).length < 32_768)
  })
})
